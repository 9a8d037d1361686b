import pytest
from .screens import SCREENS
from .test_screens import show
MINE=[s for s in SCREENS if s.path.startswith("/exports")]
@pytest.mark.parametrize("theme", ["clair","sombre"])
@pytest.mark.parametrize("size", [(390,844),(820,1180),(1280,800)], ids=str)
def test_shots(open_page, size, theme):
    for s in MINE:
        page=open_page(s.role, size=size)
        page.emulate_media(color_scheme="dark" if theme=="sombre" else "light")
        show(page, s)
        page.screenshot(path=f"/tmp/partc/shots/{s.name}-{size[0]}-{theme}.png", full_page=True)
        page.close()
