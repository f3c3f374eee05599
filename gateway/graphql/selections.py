"""Fields of a selection as execution will see them: fragments spread out, equal keys merged.

Which arguments mean what, and what a field costs, is said by whoever asks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

from gateway.graphql.limits import PLANNING_STEPS
from schema.refusals import Code, Refusal

Choices = Mapping[str, bool]
"""Values of the variables that stand in @skip and @include."""


@dataclass(slots=True)
class Reader:
    """Reads merged fields of one operation under one set of choices.

    Raises Refusal(COST_LIMIT) once the reading takes more steps than any sensible document.
    """

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    choices: Choices
    steps: int = field(default=0)

    def fields(
        self, parent: GraphQLObjectType, selection_sets: tuple[SelectionSetNode, ...]
    ) -> dict[str, list[FieldNode]]:
        """The field nodes behind each response key of an object of this type."""
        merged: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        for selection_set in selection_sets:
            for node in self._flat(parent, selection_set, spread):
                key = node.name.value if node.alias is None else node.alias.value
                merged.setdefault(key, []).append(node)
        return merged

    def _flat(
        self, parent: GraphQLObjectType, selection_set: SelectionSetNode, spread: set[str]
    ) -> Iterator[FieldNode]:
        for selection in selection_set.selections:
            self.steps += 1
            if self.steps > PLANNING_STEPS:
                raise Refusal(Code.COST_LIMIT, "The document's fragments multiply too far.")
            if self._left_out(selection):
                continue
            if isinstance(selection, FieldNode):
                yield selection
            else:
                yield from self._fragment(parent, selection, spread)

    def _fragment(
        self, parent: GraphQLObjectType, selection: SelectionNode, spread: set[str]
    ) -> Iterator[FieldNode]:
        fragment: InlineFragmentNode | FragmentDefinitionNode
        if isinstance(selection, FragmentSpreadNode):
            if selection.name.value in spread:
                return
            spread.add(selection.name.value)
            fragment = self.fragments[selection.name.value]
        elif isinstance(selection, InlineFragmentNode):
            fragment = selection
        else:  # pragma: no cover (there is no other selection)
            return
        if self._applies(fragment, parent):
            yield from self._flat(parent, fragment.selection_set, spread)

    def _applies(
        self, fragment: InlineFragmentNode | FragmentDefinitionNode, parent: GraphQLObjectType
    ) -> bool:
        if fragment.type_condition is None:
            return True
        type_ = self.schema.get_type(fragment.type_condition.name.value)
        if is_abstract_type(type_):
            abstract: GraphQLAbstractType = type_
            return self.schema.is_sub_type(abstract, parent)
        return type_ is parent

    def _left_out(self, selection: SelectionNode) -> bool:
        return any(
            self._condition(directive) is (directive.name.value == "skip")
            for directive in selection.directives or ()
            if directive.name.value in {"skip", "include"}
        )

    def _condition(self, directive: DirectiveNode) -> bool:
        (value,) = (argument.value for argument in directive.arguments or ())
        if isinstance(value, VariableNode):
            return self.choices[value.name.value]
        return isinstance(value, BooleanValueNode) and value.value
