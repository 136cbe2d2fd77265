"""The three officers stay three: the attacks of one of them, of somebody at the log-in, and of an old token."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from places import NOW
from sqlalchemy import select

from ssj_docs.database import schema
from ssj_docs.ground.errors import UsageError
from ssj_docs.office.workspace import Workspace, init_workspace, open_workspace
from web.access import accounts
from web.access.accounts import User
from web.access.passwords import check_password

PASSWORD, OTHER = "correct-horse-battery", "another-horse-battery"
HERE, ELSEWHERE = "10.0.0.7", "10.0.0.66"
PEOPLE = {"admin1": "sysadmin", "keeper": "security", "watcher": "auditor", "writer": "clerk"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Workspace]:
    init_workspace(tmp_path / "w")
    with open_workspace(tmp_path / "w", today=NOW.date(), now=NOW, who="系统") as opened:
        with opened.transaction() as connection:
            for name, role in PEOPLE.items():
                user = User(name, name, "", (role,), False, True, False, "", "")
                accounts.add_user(opened, connection, user, PASSWORD)
        yield opened


def log_in(office: Workspace, name: str, password: str, address: str = HERE, minutes: int = 0) -> User | None:
    later = office.at(today=office.today, now=NOW + timedelta(minutes=minutes), who="x")
    return accounts.check_login(later, name, password, address)


def journalled(office: Workspace, subject: str) -> list[tuple[str, str]]:
    t = schema.journal.c
    with office.read() as connection:
        return [tuple(row) for row in connection.execute(select(t.action, t.detail).where(t.subject == subject))]


def reset(office: Workspace, name: str, **given: str) -> None:
    told = {"by": "admin1", "second": "watcher", "second_password": PASSWORD} | given
    accounts.reset_password(office, name, OTHER, **told)


@pytest.mark.parametrize(
    "given",
    [
        {"second": "", "second_password": ""},
        {"second": "admin1"},  # the same person twice
        {"second": "keeper"},  # the owner of the account that is taken over
        {"second": "writer"},  # no officer
        {"second_password": "wrong-horse-battery"},
    ],
)
def test_one_officer_alone_becomes_no_other(office: Workspace, given: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        reset(office, "keeper", **given)
    assert log_in(office, "keeper", PASSWORD) and not log_in(office, "keeper", OTHER)


def test_two_officers_reset_and_the_journal_names_both(office: Workspace) -> None:
    reset(office, "keeper")
    user = log_in(office, "keeper", OTHER)
    assert user is not None and user.rights == frozenset({"account"})
    told = dict(journalled(office, "keeper"))
    assert '"second":"watcher"' in told["user.reset"] and '"by":"admin1"' in told["user.reset"]


def test_wrong_passwords_of_the_second_person_count(office: Workspace) -> None:
    for _ in range(5):
        with pytest.raises(UsageError):
            reset(office, "keeper", second_password="guess-number-one")
    assert log_in(office, "watcher", PASSWORD) is None


@pytest.mark.parametrize("name", ["admin1", "keeper", "watcher"])
def test_the_last_of_each_role_stays(office: Workspace, name: str) -> None:
    with office.transaction() as connection:
        with pytest.raises(UsageError, match="唯一在用的"):
            accounts.set_active(office, connection, name, False)
        with pytest.raises(UsageError, match="唯一在用的"):
            accounts.set_roles(office, connection, name, ["clerk"], False)
        user = User("second", "乙", "", (PEOPLE[name],), False, True, False, "", "")
        accounts.add_user(office, connection, user, PASSWORD)
        accounts.set_active(office, connection, name, False)


def test_tokens_end_with_the_password(office: Workspace) -> None:
    with office.transaction() as connection:
        token = accounts.new_token(office, connection, "writer", "脚本", 30)
    assert accounts.token_user(office, token)
    with office.transaction() as connection:
        accounts.set_password(office, connection, "writer", OTHER, must_change=False)
        second = accounts.new_token(office, connection, "writer", "脚本", 30)
    assert accounts.token_user(office, token) is None and accounts.token_user(office, second)
    reset(office, "writer")
    with office.transaction() as connection:
        accounts.set_password(office, connection, "writer", "yet-another-horse", must_change=False)
    assert accounts.token_user(office, token) is None and accounts.token_user(office, second) is None


def test_a_token_of_somebody_who_must_change_is_none(office: Workspace) -> None:
    reset(office, "writer")
    with office.transaction() as connection:
        token = accounts.new_token(office, connection, "writer", "脚本", 30)
    assert accounts.token_user(office, token) is None


def test_somebody_elsewhere_does_not_lock_the_owner_out(office: Workspace) -> None:
    assert log_in(office, "admin1", PASSWORD, HERE)
    for _ in range(8):
        assert log_in(office, "admin1", "guess-number-one", ELSEWHERE, 1) is None
    assert log_in(office, "admin1", PASSWORD, ELSEWHERE, 2) is None
    assert log_in(office, "admin1", PASSWORD, HERE, 3)


def test_a_guesser_at_the_owner_s_machine_is_locked_out_there(office: Workspace) -> None:
    assert log_in(office, "admin1", PASSWORD, HERE)
    for _ in range(5):
        log_in(office, "admin1", "guess-number-one", HERE, 1)
    assert log_in(office, "admin1", PASSWORD, HERE, 2) is None
    with office.transaction() as connection:
        accounts.unlock(office, connection, "admin1")
    assert log_in(office, "admin1", PASSWORD, HERE, 3)
    assert "user.unlock" in dict(journalled(office, "admin1"))


def test_failures_stand_in_the_journal_with_the_address(office: Workspace) -> None:
    log_in(office, "not-there", PASSWORD, ELSEWHERE)
    log_in(office, "我的口令是 correct horse", PASSWORD, ELSEWHERE)
    log_in(office, "writer", "guess-number-one", ELSEWHERE)
    log_in(office, "writer", PASSWORD, HERE)
    address = f'{{"address":"{ELSEWHERE}"}}'
    assert ("login.unknown", address) in journalled(office, "not-there")
    assert journalled(office, "（不是用户名）") == [("login.unknown", address)]
    assert ("login.failed", address) in journalled(office, "writer")
    assert ("login", f'{{"address":"{HERE}"}}') in journalled(office, "writer")


def test_all_officers_gone_comes_back_at_the_machine(office: Workspace) -> None:
    for _ in range(5):
        log_in(office, "admin1", "guess-number-one")
    password = accounts.recover(office, "admin1")
    user = log_in(office, "admin1", password)
    assert user is not None and user.must_change and user.roles == ("sysadmin",)
    assert "user.recover" in dict(journalled(office, "admin1"))
    with pytest.raises(UsageError, match="还有在用的"):
        accounts.recover(office, "writer", "sysadmin")


@pytest.mark.parametrize(
    "password",
    [
        *("1234567890", "0123456789", "password12", "qwertyuiop", "admin2026!!", "Passw0rd2026!", "1qaz2wsx3edc"),
        *(
            "abcd1234efgh",
            "zxcvbnm,./123",
            "2026202620261",
            "woaini1314520",
            "Qwerty123456",
            "asdfghjkl;'",
            "abc123abc123",
        ),
        *("writer-horse-1", "aaaaaaaaaab", "short"),
    ],
)
def test_what_everybody_tries_first_is_refused(password: str) -> None:
    with pytest.raises(UsageError):
        check_password(password, "writer")


@pytest.mark.parametrize(
    "password", ["correct-horse-battery", "first-password", "my-own-long-one", "云在青天水在瓶里的月亮"]
)
def test_a_sentence_is_accepted(password: str) -> None:
    check_password(password, "writer")
