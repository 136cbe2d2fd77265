"""Accounts, sessions and API tokens. Passwords are hashed with argon2id; wrong ones lock the account for a while."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, func, insert, select, update

from ssj_docs.database.schema import web_sessions, web_tokens, web_users
from ssj_docs.ground.errors import NotFoundError, UsageError
from ssj_docs.office.workspace import Workspace
from web.access import attempts
from web.access.passwords import check_password
from web.access.rights import OFFICERS, ROLE_NAMES, rights_of, role_fault

MOST_FAILURES = 5
LOCKED = timedelta(minutes=15)
#: of passwords made here: without vowels no word comes about, and none is taken for another
_LETTERS = "bcdfghjkmnpqrstvwxz"
#: a session ends after this time without a request, and after this time in any case
IDLE = timedelta(minutes=60)
LONGEST = timedelta(hours=12)
_SEEN_EVERY = timedelta(minutes=2)
#: 46 MiB, one pass, one lane: the first of OWASP's recommended settings; fast enough for a whole office logging in at once
_HASHER = PasswordHasher(time_cost=1, memory_cost=47104, parallelism=1)
#: checked for unknown users, so that the response takes equally long
_NOBODY = _HASHER.hash("nobody")
#: each check needs 46 MB by design; this limits how many run at once
_AT_ONCE = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class User:
    """An account. ``department`` is empty for people of the whole office."""

    name: str
    full_name: str
    department: str
    roles: tuple[str, ...]
    restricted: bool
    active: bool
    must_change: bool
    locked_until: str
    created: str

    @cached_property
    def rights(self) -> frozenset[str]:
        """The user's rights. Until a first password is changed, only access to the own account."""
        if self.must_change:
            return frozenset({"account"})
        return rights_of(self.roles, department=self.department, restricted=self.restricted)


def _user(row: Any) -> User:
    return User(
        row.name,
        row.full_name,
        row.department,
        tuple(row.roles),
        row.restricted,
        row.active,
        row.must_change,
        row.locked_until,
        row.created,
    )


def load_users(connection: Connection) -> list[User]:
    """Return all accounts by name."""
    return [_user(row) for row in connection.execute(select(web_users).order_by(web_users.c.name))]


def load_user(connection: Connection, name: str) -> User:
    """Return an account. Raises: NotFoundError."""
    row = connection.execute(select(web_users).where(web_users.c.name == name)).first()
    if row is None:
        raise NotFoundError(f"没有账号“{name}”", "在账号页面查看")
    return _user(row)


def count_users(connection: Connection) -> int:
    """Return the number of accounts; 0 means the set-up has not been done."""
    return int(connection.execute(select(func.count()).select_from(web_users)).scalar() or 0)


def add_user(workspace: Workspace, connection: Connection, user: User, password: str, *, first: bool = False) -> None:
    """Create an account.

    Raises: UsageError for an invalid or used name, a weak password, or roles that exclude each other.
    """
    if not user.name.isascii() or not user.name.replace("_", "").replace("-", "").isalnum() or len(user.name) > 40:
        raise UsageError("用户名只能用英文字母、数字、- 和 _，最多 40 个字符", "换一个用户名")
    if connection.execute(select(web_users.c.name).where(func.lower(web_users.c.name) == user.name.lower())).first():
        raise UsageError(f"用户名 {user.name} 已有人用", "换一个用户名")
    if not user.full_name.strip():
        raise UsageError("没有写姓名", "填写使用人的真实姓名")
    _check_roles(user.roles)
    check_password(password, user.name)
    connection.execute(
        insert(web_users).values(
            name=user.name,
            full_name=user.full_name.strip(),
            department=user.department,
            roles=list(user.roles),
            restricted=user.restricted,
            active=True,
            password=_HASHER.hash(password),
            must_change=user.must_change,
            failures=0,
            locked_until="",
            created=workspace.now.isoformat(timespec="seconds"),
        )
    )
    workspace.log(connection, "user.setup" if first else "user.new", user.name, {"roles": list(user.roles)})


def _check_roles(roles: Sequence[str]) -> None:
    fault = role_fault(roles)
    if fault:
        raise UsageError(fault, "重新选择角色")


def set_password(workspace: Workspace, connection: Connection, name: str, password: str, *, must_change: bool) -> None:
    """Change a password, end all sessions of the user and revoke the tokens."""
    load_user(connection, name)
    check_password(password, name)
    connection.execute(
        update(web_users)
        .where(web_users.c.name == name)
        .values(password=_HASHER.hash(password), must_change=must_change, failures=0, locked_until="")
    )
    end_sessions(connection, name)
    connection.execute(delete(web_tokens).where(web_tokens.c.user == name))
    workspace.log(connection, "user.password", name)


def reset_password(
    workspace: Workspace, name: str, password: str, *, by: str, second: str, second_password: str
) -> None:
    """Set a first password for somebody else, which takes two officers.

    Args:
        by: who does it. second, second_password: another officer, who agrees by logging in on the spot.

    Raises: UsageError if the second person is none, the same, the owner, or the password is wrong.
    """
    with workspace.read() as connection:
        other = next((user for user in load_users(connection) if user.name == second.strip()), None)
    fit = other is not None and other.active and not other.must_change and OFFICERS & set(other.roles)
    if other is None or not fit or other.name in (by, name):
        raise UsageError(
            "重设别人的口令要两名管理人员同时在场",
            "请另一名在用的系统管理员、安全保密员或审计员在这里输入自己的用户名和口令",
        )
    if not right_password(workspace, other.name, second_password):
        raise UsageError("在场确认人的口令不对", "请确认人重新输入")
    with workspace.transaction() as connection:
        set_password(workspace, connection, name, password, must_change=True)
        workspace.log(connection, "user.reset", name, {"by": by, "second": other.name})


def unlock(workspace: Workspace, connection: Connection, name: str) -> None:
    """Let a locked account log in again."""
    load_user(connection, name)
    connection.execute(update(web_users).where(web_users.c.name == name).values(failures=0, locked_until=""))
    workspace.log(connection, "user.unlock", name)


def recover(workspace: Workspace, name: str, role: str = "") -> str:
    """At the machine itself: a fresh first password for an account, switched on and unlocked again.

    Args:
        role: of the officers, given back to the account if nobody in use holds it.

    Returns: the password, to be changed at the first log-in. Raises: NotFoundError; UsageError.
    """
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(5))
    with workspace.transaction() as connection:
        user = load_user(connection, name)
        if role and any(role in one.roles and one.active and one.name != name for one in load_users(connection)):
            raise UsageError(f"还有在用的{ROLE_NAMES[role]}，不用在机器上恢复", "请他按正常手续办理")
        set_password(workspace, connection, name, password, must_change=True)
        roles = [role] if role else list(user.roles)
        connection.execute(update(web_users).where(web_users.c.name == name).values(active=True, roles=roles))
        workspace.log(connection, "user.recover", name, {"before": list(user.roles), "after": roles})
    return password


def set_active(workspace: Workspace, connection: Connection, name: str, active: bool) -> None:
    """Enable or disable an account. Disabling it ends its sessions and revokes its tokens.

    Raises: UsageError if it is the last of an officer's role.
    """
    user = load_user(connection, name)
    if not active:
        _keep_one_of_each(connection, user, ())
    connection.execute(
        update(web_users).where(web_users.c.name == name).values(active=active, failures=0, locked_until="")
    )
    if not active:
        end_sessions(connection, name)
        connection.execute(delete(web_tokens).where(web_tokens.c.user == name))
    workspace.log(connection, "user.on" if active else "user.off", name)


def set_roles(workspace: Workspace, connection: Connection, name: str, roles: Sequence[str], restricted: bool) -> None:
    """Set the roles of an account.

    Raises: UsageError if the roles exclude each other, or nobody would be left to assign roles or create accounts.
    """
    before = load_user(connection, name)
    _check_roles(roles)
    _keep_one_of_each(connection, before, roles)
    connection.execute(
        update(web_users).where(web_users.c.name == name).values(roles=list(roles), restricted=restricted)
    )
    workspace.log(
        connection, "user.roles", name, {"before": list(before.roles), "after": list(roles), "restricted": restricted}
    )


def _keep_one_of_each(connection: Connection, user: User, roles: Sequence[str]) -> None:
    """Refuse to leave an officer's role without anybody in use."""
    for role in sorted(OFFICERS & set(user.roles) - set(roles)):
        others = [u for u in load_users(connection) if u.active and u.name != user.name and role in u.roles]
        if user.active and not others:
            title = ROLE_NAMES[role]
            raise UsageError(f"{user.name} 是唯一在用的{title}，不能停用或改任", f"先让另一人担任{title}")


# --- log-in and sessions ----------------------------------------------------------------------------------------------
def check_login(workspace: Workspace, name: str, password: str, address: str = "") -> User | None:
    """Return the user, or None if the name is unknown, the password wrong, or the account disabled or locked.

    Whatever happens stands in the journal with the address of the client. Wrong passwords from elsewhere do not lock out
    an owner at an address from which they logged in lately. The password is checked outside the transaction because
    argon2 is slow by design.
    """
    now, told = workspace.now, {"address": address}
    with workspace.read() as connection:
        row = connection.execute(select(web_users).where(web_users.c.name == name)).first()
        flooded = attempts.failures(connection, now, address) >= attempts.MOST_FROM_ADDRESS
        shut = row is not None and (not row.active or _shut_out(connection, row, now, address))
    right = _matches(row.password if row else _NOBODY, password)
    if flooded:
        return None
    with workspace.transaction() as connection:
        if row is None or shut:
            action = "login.refused" if row else "login.unknown"
            workspace.log(connection, action, name if row else attempts.subject_of(name), dict(told))
            return None
        if not right:
            _count_failure(workspace, connection, name, address)
            return None
        # the account may have been locked while the password was being checked
        fresh = connection.execute(select(web_users).where(web_users.c.name == name)).one()
        if not fresh.active or _shut_out(connection, fresh, now, address):
            return None
        connection.execute(update(web_users).where(web_users.c.name == name).values(failures=0, locked_until=""))
        workspace.log(connection, "login", name, dict(told))
        return _user(fresh)


def _shut_out(connection: Connection, row: Any, now: datetime, address: str) -> bool:
    """Return whether a locked account stays locked for this address."""
    if row.locked_until <= _iso(now):
        return False
    known = attempts.is_known(connection, now, address, row.name)
    return not known or attempts.failures(connection, now, address, row.name) >= MOST_FAILURES


def _matches(stored: str, password: str) -> bool:
    try:
        with _AT_ONCE:
            return _HASHER.verify(stored, password[:200])
    except (VerificationError, InvalidHashError):
        return False


def right_password(workspace: Workspace, name: str, password: str, address: str = "") -> bool:
    """Return whether it is the user's password. A wrong one counts as at log-in; the one that locks ends the sessions."""
    with workspace.read() as connection:
        stored = connection.execute(select(web_users.c.password).where(web_users.c.name == name)).scalar()
    right = _matches(stored or _NOBODY, password) and stored is not None
    if not right:
        with workspace.transaction() as connection:
            if _count_failure(workspace, connection, name, address):
                end_sessions(connection, name)
    return right


def _count_failure(workspace: Workspace, connection: Connection, name: str, address: str = "") -> bool:
    """Count a wrong password. Return True if it locks the account."""
    failures = int(connection.execute(select(web_users.c.failures).where(web_users.c.name == name)).scalar() or 0) + 1
    locked = failures >= MOST_FAILURES
    until = _iso(workspace.now + LOCKED) if locked else ""
    connection.execute(
        update(web_users).where(web_users.c.name == name).values(failures=0 if locked else failures, locked_until=until)
    )
    workspace.log(connection, "login.locked" if locked else "login.failed", name, {"address": address})
    return locked


def _iso(moment: datetime) -> str:
    """A time as UTC text, so that texts sort like times."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def sign(key: bytes, purpose: str, text: str) -> str:
    """Return a keyed digest of a text for one purpose."""
    return hmac.new(key, f"web/{purpose}/{text}".encode(), hashlib.sha256).hexdigest()


def open_session(workspace: Workspace, connection: Connection, name: str) -> str:
    """Start a session and return the value of its cookie: a random id and its signature."""
    connection.execute(delete(web_sessions).where(web_sessions.c.expires < _iso(workspace.now)))
    secret = secrets.token_urlsafe(32)
    connection.execute(
        insert(web_sessions).values(
            id=_digest(secret), user=name, seen=_iso(workspace.now), expires=_iso(workspace.now + LONGEST)
        )
    )
    return f"{secret}.{sign(workspace.key, 'session', secret)[:32]}"


def session_user(workspace: Workspace, cookie: str) -> User | None:
    """Return the user of a session, or None if it is unknown, wrongly signed or expired."""
    secret, _, signature = cookie.rpartition(".")
    if not hmac.compare_digest(sign(workspace.key, "session", secret)[:32].encode(), signature.encode()):
        return None
    now = workspace.now
    with workspace.read() as connection:
        row = connection.execute(select(web_sessions).where(web_sessions.c.id == _digest(secret))).first()
        if row is None or row.expires <= _iso(now) or row.seen <= _iso(now - IDLE):
            return None
        found = connection.execute(select(web_users).where(web_users.c.name == row.user)).first()
    if found is None or not found.active:
        return None
    if row.seen < _iso(now - _SEEN_EVERY):
        with workspace.transaction() as connection:
            connection.execute(update(web_sessions).where(web_sessions.c.id == row.id).values(seen=_iso(now)))
    return _user(found)


def close_session(connection: Connection, cookie: str) -> None:
    """End one session."""
    connection.execute(delete(web_sessions).where(web_sessions.c.id == _digest(cookie.rpartition(".")[0])))


def end_sessions(connection: Connection, name: str) -> None:
    """End all sessions of a user."""
    connection.execute(delete(web_sessions).where(web_sessions.c.user == name))


# --- tokens for the API -----------------------------------------------------------------------------------------------
def new_token(workspace: Workspace, connection: Connection, name: str, label: str, days: int) -> str:
    """Create an API token with the user's rights. It is shown once and stored as a digest.

    Raises: UsageError for an invalid label or lifetime.
    """
    if not label.strip() or not 1 <= days <= 366:
        raise UsageError("令牌要写明用途，有效期 1 至 366 天", "重新填写")
    secret = "ssj_" + secrets.token_urlsafe(32)
    connection.execute(
        insert(web_tokens).values(
            id=_digest(secret),
            user=name,
            label=label.strip()[:80],
            created=_iso(workspace.now),
            expires=_iso(workspace.now + timedelta(days=days)),
        )
    )
    workspace.log(connection, "token.new", name, {"label": label.strip()[:80], "days": days})
    return secret


def load_tokens(connection: Connection, name: str) -> list[Any]:
    """Return a user's tokens: id, label, created, expires."""
    return list(connection.execute(select(web_tokens).where(web_tokens.c.user == name).order_by(web_tokens.c.created)))


def revoke_token(workspace: Workspace, connection: Connection, name: str, token: str) -> None:
    """Revoke one of the user's own tokens."""
    connection.execute(delete(web_tokens).where(web_tokens.c.id == token, web_tokens.c.user == name))
    workspace.log(connection, "token.revoke", name)


def token_user(workspace: Workspace, token: str) -> User | None:
    """Return the user of an API token, or None if it is unknown or expired."""
    with workspace.read() as connection:
        row = connection.execute(
            select(web_users)
            .join(web_tokens, web_tokens.c.user == web_users.c.name)
            .where(web_tokens.c.id == _digest(token), web_tokens.c.expires > _iso(workspace.now))
        ).first()
    return _user(row) if row is not None and row.active and not row.must_change else None
