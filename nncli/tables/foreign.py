"""Files that hold no table we read, told by their first bytes: what they are, and the way out."""

from __future__ import annotations

MODEL = "it holds a model and no rows (the model comes first: nncli run MODEL ROWS)"
"""What is wrong with a network where rows belong."""

_PICKLE = "a pickle, which could run any code: write its rows as CSV, .npy or Parquet first"
_UNPACK = "unpack it first (gzip, zstd, bzip2 and xz are read as they are)"
_STATA = "a Stata file: write its rows as CSV first"
_SPSS = "an SPSS file: write its rows as CSV first"
_SAS = "a SAS file: write its rows as CSV first"

_BEGINNINGS = {
    b"\x89HDF\r\n\x1a\n": "an HDF5 file: write its rows as CSV or Parquet first",
    b"%PDF": "a PDF document: save the table in it as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (or another Office document): save it as CSV",
    b"7z\xbc\xaf": "a 7-Zip archive: unpack it first",
    b"Rar!": "a RAR archive: unpack it first",
    b"SQLite format 3\0": "an SQLite database: export the rows as CSV",
    b"ORC": "an ORC file: write its rows as Parquet or CSV first",
    b"Obj\x01": "an Avro file: write its rows as Parquet or CSV first",
    b"FEA1": "a Feather file of version 1: write it again with a newer Arrow, or as Parquet or CSV",
    b"MATLAB": "a MATLAB file: write its rows as CSV first",
    b"\x80\x02": _PICKLE,
    b"\x80\x03": _PICKLE,
    b"\x80\x04\x95": _PICKLE,
    b"\x80\x05\x95": _PICKLE,
    b"\x89PNG": "a PNG picture, where rows of numbers belong",
    b"\xff\xd8\xff": "a JPEG picture, where rows of numbers belong",
    b"GIF8": "a GIF picture, where rows of numbers belong",
    b"\x7fELF": "a program, where rows of numbers belong",
    b"\x04\x22\x4d\x18": f"packed with LZ4: {_UNPACK}",
    b"\x1f\x9d": f"packed with compress: {_UNPACK}",
    b"<stata_dta>": _STATA,
    **{b"%c%c\x01\0" % (version, order): _STATA for version in b"qrs" for order in (1, 2)},
    b"$FL2": _SPSS,
    b"$FL3": _SPSS,
    bytes.fromhex("c1e2c3c9c940e2d7e2e240d7d6d9e340c6c9d3c5"): _SPSS,  # ASCII SPSS PORT FILE, in EBCDIC
    b"\0" * 12 + b"\xc2\xea\x81\x60": _SAS,
    b"\0" * 12 + b"\xc2\xea\x81\x63": "a SAS catalog, which holds no rows",
    b"HEADER RECORD*******LIB": _SAS,
}

_PAGE = "a web page: download the file itself, or save the page's table as CSV"
_TAGS = {
    b"<!doctype html": _PAGE,
    b"<html": _PAGE,
    b"<head": _PAGE,
    b"<table": _PAGE,
    b"<?xml": "an XML file: write its rows as CSV first",
}
"""In small letters."""

_IN_ZIP = {
    b"xl/": "an Excel workbook: save it as CSV",
    b"word/": "a Word document: save the table in it as CSV",
    b"opendocument.spreadsheet": "an OpenDocument spreadsheet: save it as CSV",
    b"data.pkl": f"a PyTorch file: {MODEL}",
    b"metadata.json": f"a Keras file: {MODEL}",
    b".npy": "a NumPy .npz archive: save the rows alone, as .npy (np.save) or CSV",
}

_ZIP = b"PK\x03\x04"
_ONNX_TAGS = b"\x12\x1a\x22\x2a\x3a\x42"
"""What may follow the number of the format in an ONNX file."""

LOOK = 512
"""So many bytes tell most of them."""


def may_be_foreign(head: bytes) -> bool:
    """Whether the first few bytes may belong to no text, so that more of them must be looked at."""
    if what_it_is(head) is not None or b"\0" in head:
        return True
    begin = head[:4].lower()
    return any(mark.startswith(head[:4]) for mark in _BEGINNINGS) or any(
        mark.startswith(begin) for mark in _TAGS
    )


def what_it_is(head: bytes) -> str | None:
    """Return what a file with these first bytes is, and what would help; None where it may be text."""
    if head.startswith(_ZIP):
        found = next((text for mark, text in _IN_ZIP.items() if mark in head), None)
        return found or f"a zip archive: {_UNPACK}"
    if head[8:10] == b'{"' and head[3:8] == b"\0" * 5:  # before the others: its size may look like theirs
        return f"a .safetensors file: {MODEL}"
    for beginning, text in _BEGINNINGS.items():
        if head.startswith(beginning):
            return text
    if (tag := head[:99].lstrip()[:20].lower()).startswith(b"<"):
        return next((text for mark, text in _TAGS.items() if tag.startswith(mark)), None)
    if _is_dbase(head):
        return "a dBase file: write its rows as CSV first"
    if head[257:262] == b"ustar":
        return "a tar archive: unpack it first (tar -xf FILE)"
    if len(head) > 2 and head[0] == 8 and 3 <= head[1] < 32 and head[2] in _ONNX_TAGS:
        return f"an ONNX file: {MODEL}"
    return None


def _is_dbase(head: bytes) -> bool:
    """Whether it begins with 3, a day, and the size of a header of columns that take 32 bytes each."""
    if len(head) < 32 or head[0] != 3:
        return False
    return 1 <= head[2] <= 12 and 1 <= head[3] <= 31 and int.from_bytes(head[8:10], "little") % 32 == 1
