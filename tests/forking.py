"""Where processes of tests come from: one that has done the imports forks them, so that they start at once."""

from multiprocessing import get_context

CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["garage.app", "tests.concurrency.quarter_runner"])
