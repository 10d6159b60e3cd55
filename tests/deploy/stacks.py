"""The stacks of deploy/aws as CloudFormation would make them: parameters, conditions and imports put in.

What only AWS knows stays a mark: <Bucket> for a resource's own name, <Bucket.Arn> for one of its attributes.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from cfnlint.decode import cfn_yaml

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "aws"
ORDER = ("storage", "access", "network", "security", "cluster", "serverless")
ALLOWED_REGIONS = {"eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"}
ACCOUNT = "123456789012"
BUCKET = "photographs"

_NOTHING = object()


def template(name: str) -> dict:
    return json.loads(json.dumps(cfn_yaml.load(str(FOLDER / f"{name}.yaml"))))


@dataclass
class Stack:
    resources: dict
    outputs: dict
    exports: dict

    def at(self, path: str):
        """`Bucket/VersioningConfiguration/Status`: a property of a resource; numbers index lists."""
        name, *steps = path.split("/")
        found = self.resources[name]["Properties"]
        for step in steps:
            found = found[int(step)] if isinstance(found, list) else found[step]
        return found


class _Renderer:
    def __init__(self, template: dict, given: dict, exports: dict, region: str):
        self.template, self.exports, self.region = template, exports, region
        parameters = template["Parameters"]
        assert given.keys() <= parameters.keys(), given.keys() - parameters.keys()
        self.values = {"AWS::Region": region, "AWS::AccountId": ACCOUNT, "AWS::Partition": "aws"}
        self.values["AWS::NoValue"] = _NOTHING
        for name, parameter in parameters.items():
            self.values[name] = _typed(given.get(name, parameter.get("Default")), parameter["Type"])

    def resolve(self, node):
        if isinstance(node, list):
            return [value for item in node if (value := self.resolve(item)) is not _NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (key, argument), = node.items()
            if key in ("Ref", "Condition") or key.startswith("Fn::"):
                return getattr(self, "_" + key.removeprefix("Fn::").lower())(argument)
        return {key: value for key, item in node.items() if (value := self.resolve(item)) is not _NOTHING}

    def _ref(self, name):
        if name in self.values:
            return self.values[name]
        assert name in self.template["Resources"], name
        return f"<{name}>"

    def _condition(self, name):
        return self.resolve(self.template["Conditions"][name])

    def _getatt(self, argument):
        return f"<{argument if isinstance(argument, str) else '.'.join(argument)}>"

    def _sub(self, argument):
        text, own = argument if isinstance(argument, list) else (argument, {})
        own = {name: self.resolve(value) for name, value in own.items()}

        def put_in(match):
            name = match[1]
            return str(own[name] if name in own else self._getatt(name) if "." in name else self._ref(name))

        return re.sub(r"\$\{([\w:.]+)\}", put_in, text)

    def _if(self, argument):
        condition, yes, no = argument
        return self.resolve(yes if self._condition(condition) else no)

    def _importvalue(self, argument):
        return self.exports[self.resolve(argument)]

    def _select(self, argument):
        index, items = self.resolve(argument)
        return items[int(index)]

    def _split(self, argument):
        separator, text = self.resolve(argument)
        return text.split(separator)

    def _join(self, argument):
        separator, items = self.resolve(argument)
        return separator.join(items)

    def _findinmap(self, argument):
        table, first, second = self.resolve(argument)
        return self.template["Mappings"][table][str(first)][second]

    def _getazs(self, _):
        return [self.region + zone for zone in "abc"]

    def _equals(self, argument):
        first, second = self.resolve(argument)
        return str(first) == str(second)

    def _not(self, argument):
        return not self.resolve(argument)[0]

    def _and(self, argument):
        return all(self.resolve(argument))

    def _or(self, argument):
        return any(self.resolve(argument))

    def _contains(self, argument):
        items, value = self.resolve(argument)
        return value in items

    def _eachmemberequals(self, argument):
        items, value = self.resolve(argument)
        return all(item == value for item in items)


def _typed(value, kind: str):
    assert value is not None, "a parameter without default was not given"
    if kind == "Number":
        return int(value)
    if kind == "CommaDelimitedList":
        return str(value).split(",")
    return str(value)


def _renderer(name: str, given: dict, exports: dict, region: str) -> _Renderer:
    loaded = template(name)
    if "Bucket" in loaded["Parameters"]:
        given = {"Bucket": BUCKET, **given}
    return _Renderer(loaded, given, exports, region)


def broken_rules(name: str, region: str = "eu-west-3", **given) -> list[str]:
    """What CloudFormation would say before it makes anything."""
    renderer = _renderer(name, given, {}, region)
    return [
        assertion["AssertDescription"]
        for rule in renderer.template["Rules"].values()
        if renderer.resolve(rule.get("RuleCondition", True))
        for assertion in rule["Assertions"]
        if not renderer.resolve(assertion["Assert"])
    ]


def render(name: str, exports: dict, region: str = "eu-west-3", **given) -> Stack:
    renderer = _renderer(name, given, exports, region)

    def present(part):
        return {
            key: renderer.resolve({k: v for k, v in item.items() if k != "Condition"})
            for key, item in renderer.template[part].items()
            if "Condition" not in item or renderer._condition(item["Condition"])
        }

    outputs = present("Outputs")
    exported = {output["Export"]["Name"]: output["Value"] for output in outputs.values() if "Export" in output}
    return Stack(present("Resources"), outputs, exported)


def render_all(**given: dict) -> dict[str, Stack]:
    """All stacks in the order of deployment, each with what those before it export; given: parameters by stack."""
    stacks, exports = {}, {}
    for name in ORDER:
        stacks[name] = render(name, exports, **given.get(name, {}))
        exports |= stacks[name].exports
    return stacks
