"""The shared municipal garage, floor by floor: see CONTRIBUTING.md. This package file holds no code."""
