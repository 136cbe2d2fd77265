"""The code on a page: small, in the QR alphabet, and not to be imitated."""

from dataclasses import replace

import pytest
import segno

from ssj_docs.documents.forms.page_code import CodeFault, PageCode, decode, encode

KEY = bytes(range(32))
CODE = PageCode("QH", "2026-003-0012", "JLB", 1, 1, 2, "A1B2C3D4")


def test_code_comes_back_as_it_was():
    assert decode(encode(CODE, KEY), KEY, CODE.office) == CODE


def test_fits_a_small_symbol_in_alphanumeric_mode():
    symbol = segno.make_qr(encode(CODE, KEY), error="m", boost_error=False)
    assert symbol.mode == "alphanumeric"
    assert symbol.version <= 3


def test_every_altered_character_is_refused():
    text = encode(CODE, KEY)
    for place in range(len(text)):
        for character in "0A7-":
            altered = text[:place] + character + text[place + 1 :]
            if altered != text:
                assert isinstance(decode(altered, KEY, CODE.office), CodeFault), altered


def test_other_key_is_forged_other_office_is_foreign_other_text_is_not_ours():
    other = bytes(32)
    faults = {
        "forged": encode(CODE, other),
        "foreign": encode(replace(CODE, office="ZZZZZ"), other),
        "not_ours": "https://example.org/form?id=1",
    }
    for expected, text in faults.items():
        fault = decode(text, KEY, CODE.office)
        assert isinstance(fault, CodeFault)
        assert fault.fault == expected
        assert fault.message


def test_renamed_office_still_reads_its_old_pages():
    assert decode(encode(CODE, KEY), KEY, "XM") == CODE


@pytest.mark.parametrize(
    "change",
    [{"subject": "案卷一"}, {"page": 3}, {"page": 0}, {"digest": "XYZ"}, {"kind": "A*B"}, {"version": 0}],
)
def test_parts_that_do_not_fit_are_refused(change):
    with pytest.raises(ValueError, match="规格"):
        encode(replace(CODE, **change), KEY)


def test_short_key_is_refused():
    with pytest.raises(ValueError, match="密钥"):
        encode(CODE, b"short")
