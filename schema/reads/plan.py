"""A plan: the text of one statement, where its values come from, and which requests it fits.

Compiling asks questions of a request (is this argument given? may the viewer?); the answers lead
the next request to the plan that was made for it.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Generic, TypeVar

from graphql import FieldNode, GraphQLField, VariableNode, Visitor, visit
from graphql.execution.values import VariableValues, get_argument_values

from models.rules.viewer import Viewer
from schema.reads.source import Eyes
from schema.refusals import Code, Refusal

Found = TypeVar("Found")
MOST_PLANS: Final = 64  # for one document; more means that it is written anew for each request


class Site:
    """One field of a document with arguments: what it is given in a request."""

    def __init__(self, compiled: GraphQLField, node: FieldNode) -> None:
        self._compiled = compiled
        self._node = node
        self._variables = _variables_in(node)
        holes = {name: _Hole(name) for name in self._variables}
        self._template = self._read(VariableValues({}, holes))

    @property
    def varies(self) -> bool:
        """Whether one request may give it something else than another one."""
        return bool(self._variables)

    def given(self, request: "Request") -> Mapping[str, Any]:
        """Its arguments, coerced; what is absent is missing."""
        if not self._variables:
            return self._template
        found: Mapping[str, Any] = request.once(id(self), lambda: self._filled(request.variables))
        return found

    def _filled(self, variables: VariableValues) -> Mapping[str, Any]:
        """Values go where their variables stand; one that is absent or null may change the rest."""
        values = variables.coerced
        if any(values.get(name) is None for name in self._variables):
            return self._read(variables)
        filled: Mapping[str, Any] = _fill(self._template, values)
        return filled

    def _read(self, variables: VariableValues) -> dict[str, Any]:
        return get_argument_values(self._compiled, self._node, variables)


@dataclass(frozen=True, slots=True)
class _Hole:
    """Stands for the value of a variable, which is coerced already and put in as it is."""

    variable: str


def _fill(template: Any, values: Mapping[str, Any]) -> Any:
    match template:
        case _Hole():
            return values[template.variable]
        case dict():
            return {key: _fill(inner, values) for key, inner in template.items()}
        case list():
            return [_fill(inner, values) for inner in template]
    return template


@dataclass(slots=True)
class Request:
    """What one execution brings: variables, the viewer, and for a field of a payload what it holds.

    known: what was read from it once, by whoever asked.
    """

    variables: VariableValues
    viewer: Viewer | None
    held: object = None
    known: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` answers, which is asked once for a key."""
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]


Question = Callable[[Request], Hashable]
Bind = Callable[[Request], object]


def _holds(permission: str, request: Request) -> bool:
    return request.viewer is not None and request.viewer.may(permission)


def eyes_of(request: Request) -> Eyes:
    """Whose predicates the statement carries; a stranger sees what a customer without rows sees."""
    return Eyes.CUSTOMER if request.viewer is None else Eyes.of(request.viewer)


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement that answers text.

    is_steady: the database may plan it once, because no value of it decides how rows are found.
    """

    sql: str
    binds: tuple[Bind, ...]
    is_steady: bool = False

    def values(self, request: Request) -> list[object]:
        """The parameters for a request. Raises BAD_USER_INPUT for what no text can hold."""
        values = [bind(request) for bind in self.binds]
        for value in values:
            _check(value)
        return values


class Statement:
    """A plan while it is made, together with the questions that were asked for it."""

    def __init__(
        self, request: Request, asked: list[tuple[Question, Hashable]] | None = None
    ) -> None:
        self._request = request
        self._numbers: dict[Hashable, int] = {}
        self._binds: list[Bind] = []
        self._aliases = 0
        self._held: dict[str, bool] = {}
        self.asked = [] if asked is None else asked
        self.eyes = Eyes(str(self.ask(eyes_of)))
        # A reseller's subtree may be one row or half of the table.
        self.is_steady = self.eyes is not Eyes.RESELLER

    def ask(self, question: Question) -> Any:
        """The answer for this request; the plan then only fits requests with the same answer."""
        answer = question(self._request)
        self.asked.append((question, answer))
        return answer

    def ask_of(self, site: Site, question: Question) -> Any:
        """The answer about what a site is given, which is asked again only where it may differ."""
        return self.ask(question) if site.varies else question(self._request)

    def holds(self, permission: str) -> bool:
        """Whether the viewer has a permission, which many places of a statement may ask for."""
        if permission not in self._held:
            self._held[permission] = self.ask(partial(_holds, permission))
        return self._held[permission]

    def parameter(self, key: Hashable, sql_type: str, bind: Bind) -> str:
        """The placeholder of a value; the same key is the same parameter."""
        number = self._numbers.get(key)
        if number is None:
            self._binds.append(bind)
            number = self._numbers[key] = len(self._binds)
        return f"${number}::{sql_type}"

    def alias(self, letter: str) -> str:
        """A table alias that nothing else in the statement has."""
        self._aliases += 1
        return f"{letter}{self._aliases}"

    def plan(self, expression: str) -> Plan:
        """The finished statement."""
        return Plan(f"SELECT {expression}", tuple(self._binds), self.is_steady)


@dataclass(slots=True)
class _Branch(Generic[Found]):
    question: Question
    answers: "dict[Hashable, _Branch[Found] | Found]" = field(default_factory=dict)


class Plans(Generic[Found]):
    """All plans of one document, found by asking what was asked when they were made."""

    def __init__(self) -> None:
        self._top: _Branch[Found] | Found | None = None
        self.count = 0

    def find(self, request: Request) -> Found | None:
        """The plan that fits, if it was made already."""
        step = self._top
        while isinstance(step, _Branch):
            step = step.answers.get(step.question(request))
        return step

    def keep(self, asked: list[tuple[Question, Hashable]], plan: Found) -> None:
        """Remember a plan under the answers it was made with."""
        if self.count >= MOST_PLANS:
            self._top, self.count = None, 0
        self.count += 1
        self._top = _grown(self._top, asked, plan)


def _grown(
    step: "_Branch[Found] | Found | None", asked: list[tuple[Question, Hashable]], plan: Found
) -> "_Branch[Found] | Found":
    if not asked:
        return plan
    (question, answer), *rest = asked
    branch = step if isinstance(step, _Branch) else _Branch(question)
    branch.answers[answer] = _grown(branch.answers.get(answer), rest, plan)
    return branch


def _check(value: object) -> None:
    for text in value if isinstance(value, list) else (value,):
        if isinstance(text, str) and "\0" in text:
            raise Refusal(Code.BAD_USER_INPUT, "A text cannot contain the character U+0000.")


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.names.add(node.name.value)


def _variables_in(node: FieldNode) -> frozenset[str]:
    search = _Variables()
    for given in node.arguments or ():
        visit(given, search)
    return frozenset(search.names)
