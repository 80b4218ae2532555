"""Write the skeleton of a platform service: ``make new-feature name=gift_cards``.

It makes ``app/features/<name>`` with a test that passes, the console's folder of the same name, and
the line that registers each; the rest of the files a feature may have are added when it needs them.
The skeleton stands in ``scripts/templates``, path by path.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEMPLATES = Path(__file__).with_name("templates")


def main(name: str) -> None:
    """Write the files of the feature ``name``; touches nothing that exists."""
    if not re.fullmatch(r"[a-z](_?[a-z0-9]){1,20}", name):
        raise SystemExit("Usage: make new-feature name=<lower_case_name>")
    names = _names(name)
    targets = {_filled(str(each.relative_to(TEMPLATES)), names): each for each in _templates()}
    taken = [target for target in targets if (ROOT / target).parent.exists()]
    if taken:
        raise SystemExit(f"There is a feature {name} already: {Path(taken[0]).parent}")
    for target, template in targets.items():
        text = _filled(template.read_text(encoding="utf-8"), names)
        _write(ROOT / target.removesuffix(".tmpl"), text)
    _register("app/registry.py", r"(FEATURES = \([^)]*?),?\s*\)", name, 4, "\n)")
    _register("frontend/src/registry.ts", r"(FEATURES = \[[^\]]*?),?\s*\]", names["path"], 2, "\n]")
    sys.stdout.write('now run "make generated", which tells the console of the new route\n')


def _names(name: str) -> Mapping[str, str]:
    words = name.replace("_", " ")
    type_name = words.title().replace(" ", "")
    return {
        "name": name,
        "words": words,
        "title": words.capitalize(),
        "Type": type_name,
        "camel": type_name[0].lower() + type_name[1:],
        "path": name.replace("_", "-"),
    }


def _templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.tmpl"))


def _filled(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"__(name|words|title|Type|camel|path)__", lambda found: names[found[1]], text)


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {target.relative_to(ROOT)}\n")


def _register(path: str, listed: str, name: str, indent: int, ending: str) -> None:
    """Put the name at the end of a file's list of features."""
    registry = ROOT / path
    text = registry.read_text(encoding="utf-8")
    line = f',\n{" " * indent}"{name}",{ending}'
    registered = re.sub(listed, lambda found: found[1] + line, text, count=1)
    registry.write_text(registered, encoding="utf-8")
    sys.stdout.write(f"registered it in {path}\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
