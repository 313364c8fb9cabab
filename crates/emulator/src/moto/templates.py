"""Templates of CloudFormation, which strangers write: read as data, and not without end.

moto reads them with a loader of PyYAML's that makes any Python object and calls any function that a
template names (`!!python/object/apply:os.system`), in the process that has everybody's books.
"""

import yaml
from moto.cloudformation import models
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.utils import yaml_tag_constructor

# AWS takes 51,200 bytes in a request and 1 MB from a bucket; this loader reads about 100 kB a second.
MOST_BYTES = 256 << 10
# What a template has once every alias stands for a copy, as whatever walks through it sees.
MOST_NODES = 50_000
DEEPEST = 100


class Bounded(yaml.SafeLoader):
    """A loader that makes dicts, lists and values, and not without end."""

    @staticmethod
    def refuse(why):
        raise yaml.YAMLError(why)

    def __init__(self, stream):
        if len(stream) > MOST_BYTES:
            self.refuse(f"more than {MOST_BYTES} bytes")
        super().__init__(stream)

    def get_single_node(self):
        try:
            node = super().get_single_node()
        except RecursionError:
            self.refuse("nested too deeply")
        if node is not None and weight(node, {}, 0, self.refuse) > MOST_NODES:
            self.refuse(f"more than {MOST_NODES} nodes")
        return node


class Template(Bounded):
    """The same for templates, with CloudFormation's own tags."""

    @staticmethod
    def refuse(why):
        raise ValidationError(f"Template format error: {why}")


def weight(node, known, depth, refuse):
    """How many nodes there are in one, aliases counted as often as they occur."""
    if depth > DEEPEST:
        refuse("nested too deeply")
    if node in known:
        return known[node] if known[node] else refuse("it contains itself")
    if isinstance(node, yaml.MappingNode):
        parts = [part for pair in node.value for part in pair]
    elif isinstance(node, yaml.SequenceNode):
        parts = node.value
    else:
        return 1
    known[node] = 0
    total = 1 + sum(weight(part, known, depth + 1, refuse) for part in parts)
    known[node] = min(total, MOST_NODES + 1)
    return known[node]


Template.add_multi_constructor("", yaml_tag_constructor)


def lint(template):
    """Weighs a template before the linter, which reads it in its own way, walks through it."""
    yaml.load(template, Loader=Template)
    return real_lint(template)


real_lint = models.validate_template_cfn_lint


def use():
    """Has moto read templates, and all else, with these loaders; it names them anew each time."""
    yaml.Loader = yaml.loader.Loader = Template
    yaml.FullLoader = yaml.UnsafeLoader = yaml.SafeLoader = Bounded
    models.validate_template_cfn_lint = lint
