"""What the form of a page would send, unchanged: the tests type over it."""

from html import unescape


def fields_of(page: str) -> dict[str, str]:
    """Names and values of the first form of the page's own kind."""
    form = page.split('<form class="formulaire')[1].split("</form>", maxsplit=1)[0]
    sent: dict[str, str] = {}
    for tag in form.split("<input")[1:]:
        words = tag.split(">", maxsplit=1)[0]
        if any(f'type="{kind}"' in words for kind in ("checkbox", "radio")) and " checked" not in words:
            continue
        if 'name="' in words:
            sent[_part(words, "name")] = unescape(_part(words, "value")) if 'value="' in words else ""
    for tag in form.split("<textarea")[1:]:
        sent[_part(tag, "name")] = unescape(tag.split(">", maxsplit=1)[1].split("</textarea>")[0].strip())
    for tag in form.split("<select")[1:]:
        options = tag.split("</select>")[0].split("<option")[1:]
        chosen = [option for option in options if " selected" in option.split(">", maxsplit=1)[0]]
        sent[_part(tag, "name")] = _part((chosen or options)[0], "value")
    return sent


def _part(words: str, name: str) -> str:
    return words.split(f'{name}="')[1].split('"', maxsplit=1)[0]
