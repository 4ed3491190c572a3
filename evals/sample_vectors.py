"""`make vectors`: embeds the sample knowledge base, so that installations need not; writes kb/sample/vectors.npz."""

import tempfile
from pathlib import Path

import kb
from copilot.bootstrap import build
from copilot.cli.home_commands import load_sample
from copilot.settings import Settings

TARGET = Path(kb.__file__).parent / "sample" / "vectors.npz"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, build(Settings(home=Path(folder) / "home")) as services:
        load_sample(services)
        print(f"{services.knowledge.write_vectors(TARGET)} vectors in {TARGET.name}")


if __name__ == "__main__":
    main()
