"""What may stand at a place of a document of keys and values: JSON and YAML."""

from __future__ import annotations

import json

import yaml

from mutated.mutators.mutator import (
    EITHER,
    REFUSE,
    Mutation,
    Mutator,
    NotApplicableError,
    collector,
)

JSON_VALUES: list[Mutator] = []
json_mutator = collector(JSON_VALUES)
YAML_VALUES: list[Mutator] = []
yaml_mutator = collector(YAML_VALUES)

DEEP = 100_000

#: What is no JSON, or no number that there is.
NO_VALUE = ("NaN", "Infinity", "-Infinity", "1e400", "1_000", "１２", "[" * DEEP + "]" * DEEP,
            '{"a":' * DEEP + "1" + "}" * DEEP, "1" * 5_000, "'x'", "0x10", "01",
            "True")  # fmt: skip
VALUES = ("true", "false", "null", "-1", "0", "1", "2.5", "1e308", "1e-320", '"text"', '""',
          '"1"', "[]", "{}", "[1]", '{"a": 1}', '"' + "x" * 100_000 + '"', "-0.0")  # fmt: skip

YAML_NO_VALUE = (".nan", ".inf", "-.inf", "[" * DEEP + "]" * DEEP, "!junk x", "{[1, 2]: 3}",
                 "!!python/object/apply:os.mkdir [mutant_ran_code]", "*nobody", "@x", "%x",
                 "[1e400]", "1" * 5_000)  # fmt: skip
YAML_VALUES_THERE = ("true", "yes", "null", "~", "-1", "0", "1", "2.5", "1.0e+308", "[1.0e+308]",
                     "text", "''", "'1'", "[]", "{}", "[1]", "{a: 1}", "x" * 100_000, "1:30",
                     "010", "0x10", "2019-01-01", "1 parsec", "-5 s", "nan s", "0 s", "[[]]",
                     "!!binary aGFsbG8=", "!!set {a, b}", "!!str 5", "&x [1, 2]")  # fmt: skip


def _places(text: str) -> list[tuple[tuple, yaml.Node, yaml.Node | None]]:
    """Return path, value and key of all nodes below the root, as they stand in the text."""
    root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    found = []

    def walk(node, path):
        if isinstance(node, yaml.MappingNode):
            children = [(key.value, key, value) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            children = [(k, None, value) for k, value in enumerate(node.value)]
        else:
            children = []
        for name, key, value in children:
            found.append(((*path, name), value, key))
            walk(value, (*path, name))

    walk(root, ())
    if not found:
        raise NotApplicableError
    return found


def _chosen(text, rng, accept=lambda value, key: True):
    """Return one place; each depth has the same chance, so that tables do not hide the rest."""
    places = [place for place in _places(text) if accept(*place[1:])]
    if not places:
        raise NotApplicableError
    depth = rng.choice(sorted({len(path) for path, _, _ in places}))
    return rng.choice([place for place in places if len(place[0]) == depth])


def _kind(value) -> str:
    kinds = (bool, "a truth"), (int | float, "a number"), (str, "text"), (list, "a list")
    return next((name for kind, name in kinds if isinstance(value, kind)), type(value).__name__)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:12]}... ({len(text)})"


def _splice(path, text, begin, end, new) -> None:
    path.write_text(text[:begin] + new + text[end:], encoding="utf-8")


def _block(path, rng):
    """Return a document, an object or a list in it, and the place of one of its values."""
    text = path.read_text(encoding="utf-8")
    document, (place, *_) = json.loads(text), _chosen(text, rng)
    block = document
    for name in place[:-1]:
        block = block[name]
    return document, block, place


@json_mutator
def another_json_value(path, rng):
    """Put another value in the place of one."""
    text = path.read_text(encoding="utf-8")
    place, node, _ = _chosen(text, rng)
    begin, end = node.start_mark.index, node.end_mark.index
    new = rng.choice((rng.choice(NO_VALUE), rng.choice(VALUES), rng.choice(VALUES)))
    old = json.loads(text[begin:end])
    if text[begin:end] == new:
        raise NotApplicableError
    if new in NO_VALUE:
        expects = REFUSE
    else:
        expects = EITHER if _kind(json.loads(new)) == _kind(old) else REFUSE
    _splice(path, text, begin, end, new)
    told = f"{' / '.join(map(str, place))}: {_short(text[begin:end])} is {_short(new)}"
    return Mutation(expects, told, place, new, always_nonsense=new in NO_VALUE)


@json_mutator
def a_json_key_twice(path, rng):
    """Write a key and its value twice."""
    text = path.read_text(encoding="utf-8")
    place, value, key = _chosen(text, rng, lambda value, key: key is not None)
    begin, end = key.start_mark.index, value.end_mark.index
    other = rng.choice((text[value.start_mark.index : end], "1", "null"))
    again = f"{text[begin : key.end_mark.index]}: {other}, "
    _splice(path, text, begin, begin, again)
    return Mutation(REFUSE, f"the key {' / '.join(map(str, place))} twice", place)


@json_mutator
def a_json_key_missing(path, rng):
    """Leave out a key and its value."""
    document, block, place = _block(path, rng)
    del block[place[-1]]
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return Mutation(EITHER, f"{' / '.join(map(str, place))} left out", place)


@json_mutator
def a_json_key_more(path, rng):
    """Add a key that nobody knows."""
    document, block, place = _block(path, rng)
    if not isinstance(block, dict):
        raise NotApplicableError
    block[rng.choice((f"{place[-1]}s", "", "x", "__class__"))] = block[place[-1]]
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return Mutation(EITHER, f"a key more beside {' / '.join(map(str, place))}", place)


@json_mutator
def another_document(path, rng):
    """Let the file hold another document."""
    path.write_text(rng.choice(("null", "[]", "{}", "1", '"text"', "true", "")), encoding="utf-8")
    return Mutation(REFUSE, f"the whole is {path.read_text()!r}")


@yaml_mutator
def another_yaml_value(path, rng):
    """Put another value in the place of one."""
    text = path.read_text(encoding="utf-8")
    place, node, _ = _chosen(text, rng)
    begin, end = node.start_mark.index, node.end_mark.index
    if isinstance(node, yaml.MappingNode) and not node.flow_style:  # its end is the next key
        raise NotApplicableError
    new = rng.choice((rng.choice(YAML_NO_VALUE), *rng.choices(YAML_VALUES_THERE, k=2)))
    tail = "" if text[end : end + 1] in "\n,]}" else "\n"
    _splice(path, text, begin, end, new + tail)
    told = f"{' / '.join(map(str, place))}: {_short(text[begin:end])} is {_short(new)}"
    return Mutation(REFUSE if new in YAML_NO_VALUE else EITHER, told, place, new)


@yaml_mutator
def a_yaml_key_twice(path, rng):
    """Write a key twice, the second time with another value."""
    text = path.read_text(encoding="utf-8")
    place, _, key = _chosen(text, rng, lambda value, key: key is not None and value.id == "scalar")
    line_begin = text.rfind("\n", 0, key.start_mark.index) + 1
    indent = text[line_begin : key.start_mark.index]
    again = f"{key.value}: 1, " if indent.strip() else f"{key.value}: 1\n{indent}"
    _splice(path, text, key.start_mark.index, key.start_mark.index, again)
    return Mutation(REFUSE, f"the key {' / '.join(map(str, place))} twice", place)


@yaml_mutator
def a_chain_of_aliases(path, rng):
    """Make much out of little: each link of the chain names the one before nine times."""
    text = path.read_text(encoding="utf-8")
    links = ["k0: &a0 [x, x, x, x, x, x, x, x, x]"]
    links += [f"k{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 9)]
    where = rng.choice(("aliases", "method", "not_replayed"))
    chain = f"{where}:\n" + "".join(f"  {link}\n" for link in links)
    path.write_text(f"{text}{chain}" if where == "aliases" else chain + text, encoding="utf-8")
    return Mutation(REFUSE, f"9 times 9 aliases below {where}")


@yaml_mutator
def a_yaml_key_missing(path, rng):
    """Leave out a key and its value."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    place, *_ = _chosen(path.read_text(encoding="utf-8"), rng)
    block = document
    for name in place[:-1]:
        block = block[name]
    if place[-1] not in block and not isinstance(block, list):  # a key that is no text
        raise NotApplicableError
    del block[place[-1]]
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return Mutation(EITHER, f"{' / '.join(map(str, place))} left out", place)


@yaml_mutator
def a_merge_key(path, rng):
    """Take keys from elsewhere, which YAML knows and few people."""
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}<<: {{method: other}}\n", encoding="utf-8")
    return Mutation(EITHER, "a merge key")


@yaml_mutator
def an_odd_key(path, rng):
    """Add a key that is no text."""
    key = rng.choice(("? [1, 2]\n", "? {a: 1}\n", "1", "null", "true", "2019-01-01", "''"))
    path.write_text(path.read_text(encoding="utf-8") + f"{key}: 1\n", encoding="utf-8")
    return Mutation(REFUSE, f"the key {key!r}")


@yaml_mutator
def two_documents(path, rng):
    """Begin a second document."""
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}---\nmethod: other\n", encoding="utf-8")
    return Mutation(REFUSE, "two documents")
