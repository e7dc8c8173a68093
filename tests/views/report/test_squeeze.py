"""The page's scripts and style without comments and idle white space."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from nncli.views.report import SCRIPTS, _source, squeeze


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a = b + c; // why\n/* long\n tale */\nd();", "a=b+c;d();"),
        ("a = b\n\n  + c", "a=b\n+c"),
        ("return  x ;", "return x;"),
        ("a + +b - -c + b", "a+ +b- -c+b"),
        ("const s = 'two  words // kept' ;", "let s='two  words // kept';"),
        (
            "t = `a  ${ b ? `c  ${ {d: 1} }` : `}` } e  // kept` ;",
            "t=`a  ${b?`c  ${{d:1}}`:`}`} e  // kept`;",
        ),
        ("r = /a  [/]'b/g ; s = x / y / z", "r=/a  [/]'b/g;s=x/y/z"),
        ("const f = () => {\n  go();\n};\n\nstop()\nagain()", "let f=()=>{go()};stop()\nagain()"),
        ("x = f(a)\n[b] = c", "x=f(a)\n[b]=c"),
        ("i++\nj", "i++\nj"),
        ("f([a, , b,], {c: d,},);", "f([a,,b],{c:d});"),
    ],
)
def test_scripts_keep_their_meaning(written: str, kept: str) -> None:
    """Comments and white space go; texts, templates, regular expressions and ends of statements stay."""
    assert squeeze.script(written) == kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("const total = 1; go(total, `${total} total`)", "let a=1;go(a,`${a} total`)"),
        (
            "function twice(value) { return value }\nconst value = twice(...list)",
            "function b(a){return a}\nlet a=b(...list)",
        ),
        ("let width = a.width", "let b=a.width"),
        ("const { width } = a; let width", "let{width:b}=a;let b"),
        ("let width = {width: 1}", "let a={width:1}"),
        ("let build = {build() { return 1 }}", "let a={build(){return 1}}"),
        (
            "const f = ({ width = 1, height: tall }) => ({ width, tall });",
            "let f=({width:b=1,height:a})=>({width:b,tall:a});",
        ),
        ("const more = a ? less : more;\nlet less", "let c=a?b:c;let b"),
        ("if (a) { open(b); }\nfunction open() {}", "if(a){c(b)}\nfunction c(){}"),
    ],
)
def test_names_are_short_where_nobody_else_knows_them(written: str, kept: str) -> None:
    """Variables and functions get short names, the same everywhere; those of properties stay."""
    assert squeeze.script(written) == kept


def test_styles_keep_their_meaning() -> None:
    """Descendants stay descendants, and numbers apart."""
    written = "/* why */\na :is(b, c) > d {\n  margin: 0 auto; color: red;\n}\n"
    written += "@media (width > 3px) { e { top: 0 } }"
    assert squeeze.style(written) == "a :is(b,c) > d{margin:0 auto;color:red}@media (width > 3px){e{top:0}}"


def test_the_pages_scripts_are_still_javascript() -> None:
    """A JavaScript engine reads all of them without an error."""
    if not (node := shutil.which("node")):
        pytest.skip("no node here to read the scripts")
    text = squeeze.script("\n".join(map(_source, SCRIPTS)))
    done = subprocess.run([node, "--check", "--input-type=module", "-"], input=text, text=True, check=False)
    assert done.returncode == 0
