"""Files of one name in different folders: as much of their path as it takes to tell them apart."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Mapping
from pathlib import PurePosixPath
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def folders(paths: Mapping[Key, str]) -> dict[Key, str]:
    """The folders to put before each file's own name: none where no other file has that name.

    Of files with one name, all get so many of the folders above them that no two are alike; one that lies on top keeps
    its bare name.
    """
    parts = {key: PurePosixPath(unicodedata.normalize("NFC", path)).parts for key, path in paths.items()}
    alike: dict[str, list[Key]] = {}
    for key, path in parts.items():
        alike.setdefault(path[-1], []).append(key)
    found: dict[Key, str] = {}
    for keys in alike.values():
        deepest = max(len(parts[key]) for key in keys)
        for depth in range(deepest) if len(keys) > 1 else range(1):
            named = {key: "/".join(parts[key][:-1][-depth:] if depth else ()) for key in keys}
            if len(set(named.values())) == len(keys):
                break
        found |= named
    return found
