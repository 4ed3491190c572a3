"""`make retrieval`: hit@1/4/10, all gold in the first 4, MRR and nDCG@10 of lexical, dense and hybrid search, as JSON.

By default over the sample knowledge base with both question sets of evals/cases; `--corpus` and `--queries` take another
collection ({"id", "title", "text"} and {"id", "query", "gold_ids"} a line), one document an entry. `--bare` leaves the
sample's own wordings out and, with `--tuning` of a file made by `kb.tune --without-sample`, shows what a knowledge
base gets that nobody wrote wordings for.
"""

import argparse
import importlib.resources
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.ranking import Ranking, figures
from evals.stats import wilson
from kb import embed
from kb.models import IngestFailure, SearchHit, SearchRequest
from kb.service import KnowledgeBase
from kb.settings import KbSettings

CASES = Path(__file__).parent / "cases"
_SETS = ("retrieval_sample", "retrieval_kept", "retrieval_nothing")
_DEPTH = 50
_SIDES = {"lexical": (True, True), "dense": (False, False), "hybrid": (False, True)}
"""Side → whether vectors are left out, whether words take part."""
_WORDINGS = re.compile(r"<!-- 问法：.*?-->\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the group that it counts in, and what should be found: nothing at all for some."""

    query: str
    group: str
    gold: tuple[str, ...]
    platform: str | None = None


def sample_questions() -> list[Asked]:
    """The sets about the sample knowledge base, with questions that it cannot answer; gold items are anchors (any
    platform's version of one counts)."""
    found = []
    for name in _SETS:
        for line in (CASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            about = case["metadata"]
            group = f"{name.removeprefix('retrieval_')} {about['style']} {about['split']}"
            found.append(Asked(case["query"], group, tuple(case["gold"]), case["platform"]))
    return found


def other_questions(path: Path) -> list[Asked]:
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        found.append(Asked(case["query"], "all", tuple(map(str, case["gold_ids"]))))
    return found


@contextmanager
def sample_base(settings: KbSettings, embedder: embed.Embedder | None, *, bare: bool) -> Iterator[KnowledgeBase]:
    """The sample knowledge base, with its shipped vectors where they fit."""
    source = importlib.resources.files("kb") / "sample"
    with importlib.resources.as_file(source) as folder, KnowledgeBase.open(settings, embedder=embedder) as base:
        base.read_vectors(folder / "vectors.npz")
        texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}
        inbox = settings.home / "in"
        inbox.mkdir()
        for name, text in texts.items():
            (inbox / name).write_text(_WORDINGS.sub("", text) if bare else text, encoding="utf-8")
        load(base, inbox)
        yield base


@contextmanager
def other_base(settings: KbSettings, embedder: embed.Embedder | None, corpus: Path) -> Iterator[KnowledgeBase]:
    """One markdown document an entry, named by its id."""
    inbox = settings.home / "in"
    inbox.mkdir(parents=True)
    for line in corpus.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        text = f"---\nkind: policy\n---\n# {entry['title']}\n\n{entry['text']}\n"
        (inbox / f"{entry['id']}.md").write_text(text, encoding="utf-8")
    with KnowledgeBase.open(settings, embedder=embedder) as base:
        load(base, inbox)
        yield base


def load(base: KnowledgeBase, folder: Path) -> None:
    for report in base.add_path(folder, publish=True, actor="eval"):
        if isinstance(report, IngestFailure):
            raise SystemExit(f"{report.source_name}: {report.message}")


def by_anchor(hit: SearchHit) -> str:
    return hit.anchor or hit.clause_id


def by_document(hit: SearchHit) -> str:
    return Path(hit.source_name).stem


@dataclass(slots=True)
class Belief:
    """How often the first hit was right, and believed (`confident`)."""

    questions: int = 0
    right: int = 0
    believed: int = 0
    both: int = 0

    def count(self, right: bool, believed: bool) -> None:
        self.questions += 1
        self.right += right
        self.believed += believed
        self.both += right and believed

    def as_dict(self) -> dict[str, Any]:
        """Of those believed the share that is right, of those right the share that is believed."""
        return {
            "questions": self.questions, "right": self.right, "believed": self.believed,
            "believed_and_right": wilson(self.both, self.believed).as_dict(),
            "right_and_believed": wilson(self.both, self.right).as_dict(),
        }  # fmt: skip


def measure(base: KnowledgeBase, asked: Sequence[Asked], item: Callable[[SearchHit], str]) -> dict[str, Any]:
    """Figures by side and group: the ranking, and whether the first hit deserved its confidence."""
    found: dict[str, Any] = {}
    for side, (lexical, words) in _SIDES.items():
        if side != "lexical" and base.stats().embedder is None:
            continue
        rankings: dict[str, list[Ranking]] = {}
        beliefs: dict[str, Belief] = {}
        for one in asked:
            request = SearchRequest(query=one.query, k=_DEPTH, platform=one.platform)
            response = base.search(request, lexical=lexical, words=words)
            ranking = Ranking.of([item(hit) for hit in response.hits], one.gold)
            if one.gold:
                rankings.setdefault(one.group, []).append(ranking)
            beliefs.setdefault(one.group, Belief()).count(ranking.hit(1), response.confident)
        found[side] = {
            "ranking": {group: figures(members).as_dict() for group, members in sorted(rankings.items())},
            "confidence": {group: belief.as_dict() for group, belief in sorted(beliefs.items())},
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--embeddings", default="bundled", help="as COPILOT_EMBEDDINGS")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--queries", type=Path)
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--tuning", type=Path, help="another file than the shipped one; a missing one: none")
    parser.add_argument("--out", type=Path, default=Path("retrieval.json"))
    options = parser.parse_args()
    if (options.corpus is None) != (options.queries is None):
        parser.error("--corpus and --queries go together")
    embedder = embed.load(options.embeddings)
    with tempfile.TemporaryDirectory() as folder:
        settings = KbSettings(home=Path(folder) / "home", tuning_file=options.tuning)
        if options.corpus is None:
            with sample_base(settings, embedder, bare=options.bare) as base:
                measured = measure(base, sample_questions(), by_anchor)
        else:
            with other_base(settings, embedder, options.corpus) as base:
                measured = measure(base, other_questions(options.queries), by_document)
    report = {"embeddings": options.embeddings, "bare": options.bare, **measured}
    options.out.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    for side, parts in measured.items():
        for group, held in parts["ranking"].items():
            shown = {name: value["value"] if isinstance(value, dict) else value for name, value in held.items()}
            print(f"{side:8s} {group:26s} {shown}")
        for group, held in parts["confidence"].items():
            told = f"{held['believed']} of {held['questions']} believed, {held['believed_and_right']['value']} of them right"
            print(
                f"{side:8s} {group:26s} {told}, {held['right_and_believed']['value']} of the {held['right']} right believed"
            )


if __name__ == "__main__":
    main()
