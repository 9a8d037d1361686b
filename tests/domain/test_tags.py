"""Reading what was scanned or typed: the same code in any dress is the same code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garage.domain.errors.tags import UnusableCode
from garage.domain.tags import ALPHABET, LENGTH, as_tag, bin_code, code_to_keep, new_tag, read, read_us_keys

tags = st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH)
typed = st.text(st.characters(codec="utf-8"), max_size=40)
gtins = st.integers(1, 10**13 - 1).map(str)
roots = st.sampled_from(
    ["https://garage.test", "http://10.0.0.4:8000", "HTTPS://Ancien-Domaine.FR/atelier", "garage.fr"]
)


@given(tags, roots, st.sampled_from(["", "/", "?ordre=OR-2026-00001", "#haut"]), st.booleans())
def test_our_labels_outlive_their_domain(tag: str, root: str, end: str, low: bool) -> None:
    address = f"{root}/q/{tag.lower() if low else tag}{end}"
    assert read(address).tag == tag
    assert read(f"  {address}\r\n").tag == tag


@given(tags, st.lists(st.integers(0, LENGTH), max_size=4), st.sampled_from(" -"))
def test_a_tag_typed_from_a_dirty_label(tag: str, cuts: list[int], gap: str) -> None:
    words = tag.lower()
    for cut in sorted(cuts, reverse=True):
        words = words[:cut] + gap + words[cut:]
    assert as_tag(words) == tag
    assert as_tag(tag.replace("1", "I").replace("0", "o")) == tag


@given(gtins, st.integers(0, 14), st.sampled_from(["", "]E0", "\x1d", " "]))
def test_an_ean_is_the_same_with_or_without_its_zeros(code: str, zeros: int, before: str) -> None:
    dressed = code.zfill(max(zeros, 12))
    kept = code_to_keep(dressed[-14:] if len(dressed) > 14 else dressed)
    assert kept == code.zfill(13)
    assert read(before + dressed).codes[0] == kept
    assert {kept, code.zfill(14)} <= set(read(dressed).codes)


@given(gtins)
def test_gs1_writings_of_an_item_mean_its_ean(code: str) -> None:
    item = code.zfill(14)
    for written in (
        f"]C101{item}", f"]d201{item}10LOT7", f"\x1d01{item}\x1d21SERIE", f"(01){item}(10)LOT7",
        f"https://id.gs1.org/01/{item}/10/LOT7",
    ):  # fmt: skip
        assert read(written).codes[0] == code.zfill(13), written


@given(typed)
def test_reading_never_fails_and_reading_again_changes_nothing(text: str) -> None:
    once = read(text)
    assert once.text == " ".join(once.text.split())
    assert once.text.isprintable()
    assert once.text in once.codes or once.codes[0].isdigit()
    assert read_us_keys(text) is None or read_us_keys(text).text.isprintable()


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20))
def test_a_bin_s_code_gives_its_name(name: str) -> None:
    assert read(bin_code(name)).bin == name
    assert read(f"b.{name}").bin == name


def test_bins_with_spaces_come_out_of_an_address() -> None:
    assert read("https://garage.test/q/B.Rayon%20du%20fond%20%C3%A9").bin == "Rayon du fond é"


# The keys of a US keyboard, and what a French driver makes of them.
US = "1234567890-qwertyuiopasdfghjkl;zxcvbnm,./QWERTYUIOPASDFGHJKL:ZXCVBNM<>?"
FR = "&é\"'(-è_çà)azertyuiopqsdfghjklmwxcvbn,;:!AZERTYUIOPQSDFGHJKLMWXCVBN?./§"


@given(tags)
def test_a_scanner_set_for_another_keyboard_is_understood(tag: str) -> None:
    pressed = f"https://garage.test/q/{tag}"
    written = pressed.translate(str.maketrans(US, FR))
    assert read_us_keys(written).tag == tag


def test_what_needs_no_other_keyboard_is_left_alone() -> None:
    assert read_us_keys("AB-123-CD") is None
    assert read_us_keys("3400930000014") is None


@pytest.mark.parametrize("scanned", ["", " \x1d ", "\x00\x07", "x" * 101, "https://fournisseur.test/" + "a" * 90])
def test_what_cannot_be_kept_is_refused(scanned: str) -> None:
    with pytest.raises(UnusableCode):
        code_to_keep(scanned)


def test_tags_are_opaque_and_differ() -> None:
    made = {new_tag() for _ in range(200)}
    assert len(made) == 200
    assert all(as_tag(tag) == tag for tag in made)
