"""`make bench`: the quarter beside its floor, its growth, the list of orders, the stock, the import; all as ratios.

At full size (20 000 parts, 2 million movements): minutes. `--quick` is smaller; `python -m benchmarks stock`, one part.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks.databases import Databases, databases
from benchmarks.garages import Size, fill
from benchmarks.imports import write_folder
from benchmarks.measure import Cost, alone, cost_of, in_turns, table
from benchmarks.shelves import Shelves, fill_shelves


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured, how many times."""

    turns: int = 5
    growth_turns: int = 2
    size: Size = field(default_factory=Size)
    growth: int = 5
    orders: tuple[int, int] = (1_000, 100_000)
    shelves: tuple[Shelves, Shelves] = (Shelves(200, 5_000), Shelves(20_000, 2_000_000))
    readings: int = 15
    imported: tuple[int, int] = (10_000, 100_000)
    import_turns: int = 1


_FEWER = (Shelves(200, 5_000), Shelves(20_000, 200_000))
QUICK = Plan(3, 1, Size(60, 40), 5, (1_000, 20_000), _FEWER, 7, (2_000, 20_000))
PARTS = ("run", "growth", "pages", "stock", "import")


class Bench:
    """One bench: its databases, its folder, where its tables are written."""

    def __init__(self, plan: Plan, made: Databases, folder: Path, write: Callable[[str], object]) -> None:
        self.plan, self._databases, self._folder, self._write = plan, made, folder, write
        self._numbers = count(1)

    def run(self) -> None:
        """The quarter with one process and with two, beside the bare canvas and the same bills as plain PDFs."""
        size = self.plan.size
        source = self._databases.make(partial(fill, size=size))
        strings = str(self._folder / "strings.json")
        seen = self._record(source, strings)
        works = {
            "floor: bare canvas": partial(self._floor, strings),
            "plain PDFs, one process": partial(self._issue_and_print, source, 1, "plain"),
            "Factur-X, one process": partial(self._issue_and_print, source, 1),
            "plain PDFs, two processes": partial(self._issue_and_print, source, 2, "plain"),
            "Factur-X, two processes": partial(self._issue_and_print, source, 2),
        }
        found = in_turns(self.plan.turns, works)
        floor, plain = found["floor: bare canvas"], None
        rows = []
        for (name, cost), aim in zip(found.items(), ("", "≤ 2.0", "≤ 1.5", "< 1.0", "≤ 1.5"), strict=True):
            more = _times(cost.over(plain)) if plain is not None and name.startswith("Factur-X") else ["", ""]
            bill = f"{1000 * cost.wall / seen['bills']:.1f}"
            rows.append([name, *_seconds(cost), bill, *_times(cost.over(floor)), *more, aim])
            plain = cost
        title = (
            f"Issue and print: {size.collectivities} collectivities × {size.lines} lines, {seen['pages']} pages, "
            f"{seen['strings']} strings; medians of {self.plan.turns} turns"
        )
        heads = (
            "", "wall s", "cpu s", "MB", "wall ms/bill", "wall × floor", "cpu × floor", "wall × plain", "cpu × plain",
            "aim (wall)",
        )  # fmt: skip
        self._write(table(title, heads, rows))
        self._databases.drop(source)

    def _record(self, source: str, strings: str) -> dict[str, int]:
        """Bill a copy once, and keep what its bills say."""
        url, out = self._databases.copy(source), self._out()
        alone("run", url=url, folder=str(out), processes=2)
        seen = alone("canvas_floor", do="record", url=url, path=strings)
        self._forget(url, out)
        return seen

    def _issue_and_print(self, source: str, processes: int, form: str = "facturx") -> Cost:
        url, out = self._databases.copy(source), self._out()
        cost = cost_of(alone("run", url=url, folder=str(out), processes=processes, form=form))
        self._forget(url, out)
        return cost

    def _floor(self, strings: str) -> Cost:
        out = self._out()
        cost = cost_of(alone("canvas_floor", do="floor", path=strings, folder=str(out)))
        shutil.rmtree(out)
        return cost

    def _out(self) -> Path:
        out = self._folder / f"invoices-{next(self._numbers)}"
        out.mkdir()
        return out

    def _forget(self, url: str, out: Path) -> None:
        self._databases.drop(url)
        shutil.rmtree(out)

    def growth(self) -> None:
        """One process, so many times the collectivities: time in proportion, memory flat."""
        small = self.plan.size
        large = Size(small.collectivities * self.plan.growth, small.lines)
        sources = {f"{size.collectivities}": self._databases.make(partial(fill, size=size)) for size in (small, large)}
        works = {name: partial(self._issue_and_print, source, 1) for name, source in sources.items()}
        first, last = (found := in_turns(self.plan.growth_turns, works)).values()
        rows = [[f"{name} collectivities", *_seconds(cost)] for name, cost in found.items()]
        grown = last.over(first)
        rows.append(["ratio", *_times(grown), f"{grown.peak:.2f}"])
        rows.append(["aim", f"≈ {self.plan.growth}", f"≈ {self.plan.growth}", "≤ 1.3"])
        title = f"Growth: one process, {small.lines} lines each; medians of {self.plan.growth_turns} turns"
        self._write(table(title, ("", "wall s", "cpu s", "MB"), rows))
        for source in sources.values():
            self._databases.drop(source)

    def pages(self) -> None:
        """The list of orders in a small and in a large garage."""
        urls = [self._databases.make(partial(fill, size=Size(30, 0, orders))) for orders in self.plan.orders]
        few, many = (f"{orders:,}".replace(",", " ") for orders in self.plan.orders)
        self._pages(urls, "orders", f"GET /ordres as head: {few} and {many} orders", "≤ 1.5")

    def stock(self) -> None:
        """The pages of the stock, of its value and of the storekeeper with few parts and movements, and with many.

        What reads every part or delivery note to judge it grows with them: parts due to be counted, dormant parts,
        what is left alone (in the storekeeper's hub too).
        """
        urls = [self._databases.make(partial(fill_shelves, shelves=shelves)) for shelves in self.plan.shelves]
        told = " and ".join(f"{one.parts:,} parts, {one.movements:,} movements" for one in self.plan.shelves)
        self._pages(urls, "stock", f"Stock as head: {told}".replace(",", " "), "≤ 2.0")

    def _pages(self, urls: list[str], which: str, title: str, aim: str) -> None:
        found = alone("pages", urls=urls, folder=str(self._folder), turns=self.plan.readings, which=which)
        rows = []
        for name, (small, large) in found.items():
            ratios = [f"{large[0] / small[0]:.2f}", f"{large[1] / small[1]:.2f}"]
            rows.append([name, *(f"{figure:.1f}" for figure in (*small, *large)), *ratios, aim])
        heads = ("", "small: wall ms", "cpu ms", "large: wall ms", "cpu ms", "wall ratio", "cpu ratio", "aim")
        self._write(table(f"{title}; medians of {self.plan.readings} readings, in turn", heads, rows))
        for url in urls:
            self._databases.drop(url)

    def imports(self) -> None:
        """A folder of files into an empty database."""
        folders = {lines: self._folder / f"import-{lines}" for lines in self.plan.imported}
        rows_of = {lines: write_folder(str(folder), lines) for lines, folder in folders.items()}
        works = {f"{lines}": partial(self._import, folder) for lines, folder in folders.items()}
        small, large = (found := in_turns(self.plan.import_turns, works)).values()
        rows = [
            [f"{lines} lines", *_seconds(cost), f"{rows_of[lines]}", f"{rows_of[lines] / cost.wall:.0f}"]
            for (lines, cost) in zip(folders, found.values(), strict=True)
        ]
        grown, rate = large.over(small), rows_of[self.plan.imported[1]] / rows_of[self.plan.imported[0]]
        rows.append(["ratio", *_times(grown), f"{grown.peak:.2f}", f"{rate:.2f}", ""])
        heads = ("", "wall s", "cpu s", "MB", "rows", "rows/s")
        self._write(table("Import of a folder into an empty database", heads, rows))

    def _import(self, folder: Path) -> Cost:
        url = self._databases.make()
        cost = cost_of(alone("imports", url=url, folder=str(folder)))
        self._databases.drop(url)
        return cost


def _seconds(cost: Cost) -> list[str]:
    return [f"{cost.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.peak:.0f}"]


def _times(cost: Cost) -> list[str]:
    return [f"{cost.wall:.2f}", f"{cost.cpu:.2f}"]


def bench(plan: Plan, parts: list[str], postgresql: str | None, write: Callable[[str], object]) -> None:
    """Measure these parts and write their tables."""
    with tempfile.TemporaryDirectory(prefix="garage-bench-") as name, databases(Path(name), postgresql) as made:
        whole = Bench(plan, made, Path(name), write)
        works = dict(zip(PARTS, (whole.run, whole.growth, whole.pages, whole.stock, whole.imports), strict=True))
        for part in parts:
            works[part]()


def main() -> None:
    """The command."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    asked.add_argument("parts", nargs="*", metavar="part", help=f"what to measure: {', '.join(PARTS)} (all)")
    asked.add_argument("--quick", action="store_true", help="smaller sizes, fewer turns")
    asked.add_argument("--postgresql", metavar="URL", help="measure on this server, where databases may be created")
    words = asked.parse_args()
    if unknown := set(words.parts) - set(PARTS):
        asked.error(f"unknown: {', '.join(sorted(unknown))}")
    begun = time.perf_counter()
    engine = "PostgreSQL" if words.postgresql else "SQLite"
    sys.stdout.write(f"{engine}; seconds drift with what else the machine does, ratios hold better.\n")
    sys.stdout.flush()
    bench(QUICK if words.quick else Plan(), words.parts or list(PARTS), words.postgresql, _tell)
    sys.stdout.write(f"\nDone in {time.perf_counter() - begun:.0f} s.\n")


def _tell(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
