"""From text to a tree: djangoql's lexer and parser, mended where they fall short.

What is mended: AND binds before OR (djangoql has them equal); keywords ignore case; ``\\n`` in a string is a
line end and not the letter n; any operator may meet any literal, so that the field says what does not fit;
every node knows its place; chains of one operator become one flat node and brackets are counted, so no walk
over the tree can exceed Python's recursion limit.

PLY keeps the state of a parse on the parser and the lexer. One shared by threads mixes up their trees, and a
new one costs 24 ms. So the tables are built once, by a prototype that itself never parses, and each parse runs
on a shallow copy of its own (microseconds), which also makes parsing reentrant.
"""

import copy
import re
import threading
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

import ply.lex as lex
import ply.yacc as yacc
from django.utils.translation import gettext as _
from djangoql.lexer import DjangoQLLexer
from djangoql.parser import DjangoQLParser

from .errors import InvalidQuery

MAX_BYTES = 4096
MAX_TERMS = 100
MAX_NESTING = 30

LiteralValue = str | int | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Literal:
    value: LiteralValue
    position: int


@dataclass(frozen=True, slots=True)
class Name:
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Operator:
    """``text`` is the operator without its ``not``: ``!=`` is ``=`` negated."""

    text: str
    negated: bool
    position: int

    @property
    def spelled(self) -> str:
        if not self.negated:
            return self.text
        return f"!{self.text}" if self.text in {"=", "~"} else f"not {self.text}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """``name operator value``; ``in`` has several literals, every other operator one."""

    name: Name
    operator: Operator
    literals: tuple[Literal, ...]
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Logical:
    """All (``and``) or any (``or``) of two or more parts."""

    operator: str
    parts: tuple["Tree", ...]
    depth: int


Tree = Comparison | Logical


def refused(text: str, position: int, sentence: str) -> InvalidQuery:
    """The refusal that points at ``position`` (0-based) of ``text``."""
    before = re.split(r"\r\n|[\n\r\u2028\u2029]", text[:position])
    return InvalidQuery(sentence, line=len(before), column=len(before[-1]) + 1)


class _Lexer(DjangoQLLexer):
    def __init__(self) -> None:
        # ASCII, or the ignored case would let "ſ" pass for "s" in a keyword.
        super().__init__(reflags=int(re.VERBOSE | re.IGNORECASE | re.ASCII), errorlog=lex.NullLogger())

    def t_error(self, t: Any) -> None:
        if t.value[0] in "\"'":
            sentence = _("This text has no closing quotation mark, or holds a backslash that stands for nothing.")
        else:
            sentence = _("“{sign}” means nothing here.").format(sign=t.value[0])
        raise refused(t.lexer.lexdata, t.lexpos, sentence)


class _EndOfText(Exception):
    """The text ended in the middle of a comparison or a bracket."""


_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.IGNORECASE)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_AWAITS_VALUE = re.compile(r"(?:[=~<>]|startswith|endswith|\bin\s*\([^()]*)\s*\Z", re.IGNORECASE)


# Line ends and tabs may stand in a query; nothing else that cannot be seen, and no half of a surrogate pair.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def _controls_sentence() -> str:
    return _("Remove the control character: a query is plain text.")


def _unescaped(text: str) -> str:
    """The string a literal stands for. Two escaped surrogates become one character; a lone one stays lone."""
    if "\\" not in text:
        return text

    def one(match: re.Match[str]) -> str:
        code = match[1]
        return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPED.get(code.lower(), code)

    return _ESCAPE.sub(one, text).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


class _Grammar(DjangoQLParser):
    """The rules; PLY reads them from the docstrings. Methods keep no state: copies of the parser share them."""

    precedence = (("left", "OR"), ("left", "AND"))

    # Rules of djangoql that these replace; PLY passes over what is not a function.
    p_logical = p_number_int = p_number_float = p_none = p_true = p_false = p_boolean_value = None
    p_comparison_number = p_comparison_string = p_comparison_equality = p_comparison_greater_less = None
    p_comparison_string_specific = p_comparison_in_list = p_const_list_value = None

    def __init__(self) -> None:
        self.default_lexer = _Lexer()
        self.tokens = self.default_lexer.tokens
        # The name of a table that does not exist: PLY would otherwise import a stray "parsetab" from the path.
        self.yacc = yacc.yacc(
            module=self,
            debug=False,
            write_tables=False,
            tabmodule="servicedesk.query.absent",
            errorlog=yacc.NullLogger(),
        )

    def p_expression_parens(self, p: Any) -> None:
        """
        expression : PAREN_L expression PAREN_R
        """
        inner = p[2]
        if inner.depth >= MAX_NESTING:
            raise refused(
                p.lexer.lexdata,
                p.lexpos(1),
                _("Brackets may stand {count} deep at most: write this query flatter.").format(count=MAX_NESTING),
            )
        p[0] = replace(inner, depth=inner.depth + 1)

    def p_expression_logical(self, p: Any) -> None:
        """
        expression : expression OR expression
                   | expression AND expression
        """
        operator, left = p[2].lower(), p[1]
        # The grammar is left-recursive: a chain of one operator grows in its first part.
        chained = isinstance(left, Logical) and left.operator == operator
        parts = (*(left.parts if chained else (left,)), p[3])
        p[0] = Logical(operator, parts, max(left.depth, p[3].depth))

    def p_expression_comparison(self, p: Any) -> None:
        """
        expression : name operator const_value
        """
        p[0] = Comparison(p[1], p[2], (p[3],))

    def p_expression_membership(self, p: Any) -> None:
        """
        expression : name list_operator PAREN_L const_value_list PAREN_R
        """
        p[0] = Comparison(p[1], p[2], tuple(p[4]))

    def p_name(self, p: Any) -> None:
        """
        name : NAME
        """
        p[0] = Name(p[1], p.lexpos(1))

    def p_operator(self, p: Any) -> None:
        """
        operator : EQUALS
                 | GREATER
                 | GREATER_EQUAL
                 | LESS
                 | LESS_EQUAL
                 | CONTAINS
                 | STARTSWITH
                 | ENDSWITH
        """
        p[0] = Operator(p[1].lower(), False, p.lexpos(1))

    def p_operator_negated(self, p: Any) -> None:
        """
        operator : NOT_EQUALS
                 | NOT_CONTAINS
        """
        p[0] = Operator(p[1][1:], True, p.lexpos(1))

    def p_operator_not(self, p: Any) -> None:
        """
        operator : NOT STARTSWITH
                 | NOT ENDSWITH
        """
        p[0] = Operator(p[2].lower(), True, p.lexpos(1))

    def p_list_operator(self, p: Any) -> None:
        """
        list_operator : IN
                      | NOT IN
        """
        p[0] = Operator("in", len(p) > 2, p.lexpos(1))

    def p_const_value(self, p: Any) -> None:
        """
        const_value : number
                    | string
                    | word
        """
        p[0] = p[1]

    def p_number(self, p: Any) -> None:
        """
        number : INT_VALUE
               | FLOAT_VALUE
        """
        try:
            value = int(p[1]) if p.slice[1].type == "INT_VALUE" else Decimal(p[1])
        except (InvalidOperation, ValueError):
            raise refused(p.lexer.lexdata, p.lexpos(1), _("This number is too long.")) from None
        p[0] = Literal(value, p.lexpos(1))

    def p_string(self, p: Any) -> None:
        """
        string : STRING_VALUE
        """
        value = _unescaped(p[1])
        if _CONTROLS.search(value):
            raise refused(p.lexer.lexdata, p.lexpos(1), _controls_sentence())
        p[0] = Literal(value, p.lexpos(1))

    def p_word(self, p: Any) -> None:
        """
        word : TRUE
             | FALSE
             | NONE
        """
        p[0] = Literal({"TRUE": True, "FALSE": False, "NONE": None}[p.slice[1].type], p.lexpos(1))

    def p_error(self, token: Any) -> None:
        if token is None:
            raise _EndOfText
        text, position = token.lexer.lexdata, token.lexpos
        shown = str(token.value)
        shown = shown if len(shown) <= 20 else f"{shown[:19]}…"
        if token.type == "NAME" and _AWAITS_VALUE.search(text[:position]):
            sentence = _('Put the value in quotation marks: "{value}".').format(value=shown)
        elif token.type == "NAME":
            sentence = _("“{word}” is unexpected here: join comparisons with and, or.").format(word=shown)
        else:
            sentence = _("“{sign}” is unexpected here: a comparison is field, operator, value.").format(sign=shown)
        raise refused(text, position, sentence)


_prototype: _Grammar | None = None
_prototype_lock = threading.Lock()


def _grammar() -> _Grammar:
    global _prototype  # noqa: PLW0603
    with _prototype_lock:
        if _prototype is None:
            _prototype = _Grammar()
        return _prototype


def parse(text: str) -> Tree | None:
    """The tree of ``text``, or None when there is nothing in it. Raises InvalidQuery."""
    if found := _CONTROLS.search(text):
        raise refused(text, found.start(), _controls_sentence())
    if len(text.encode()) > MAX_BYTES:
        raise InvalidQuery(_("The query is longer than {count} bytes: shorten it.").format(count=MAX_BYTES))
    if not text.strip():
        return None
    grammar = _grammar()
    parser, lexer = copy.copy(grammar.yacc), grammar.default_lexer._lexer.clone()
    lexer.lineno = 1
    try:
        tree: Tree = parser.parse(input=text, lexer=lexer)
    except _EndOfText:
        end = text.rstrip()
        raise refused(text, len(end), _("The query ends too early: a bracket or a value is missing.")) from None
    terms = comparisons(tree)
    if len(terms) > MAX_TERMS:
        over = terms[MAX_TERMS].name.position
        raise refused(
            text, over, _("A query has {count} comparisons at most: split it in two.").format(count=MAX_TERMS)
        )
    for term in terms:
        if len(term.literals) > MAX_TERMS:
            raise refused(
                text, term.literals[MAX_TERMS].position, _("A list has {count} values at most.").format(count=MAX_TERMS)
            )
    return tree


def comparisons(tree: Tree) -> list[Comparison]:
    """The leaves, from left to right."""
    if isinstance(tree, Comparison):
        return [tree]
    return [leaf for part in tree.parts for leaf in comparisons(part)]
