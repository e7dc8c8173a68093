"""Ways to damage a file, from one wrong bit to one wrong word where a parser looks for meaning."""

from __future__ import annotations

import datetime
import gzip
import io
import json
import re
import struct
import uuid
import warnings
import zipfile
import zlib
from collections.abc import Callable
from decimal import Decimal
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

HOSTILE = [
    "0", "-1", "1", "2", "3", "1e308", "1e999", "-1e-320", "NaN", "nan", "inf", "-Infinity", "1_000", "0x1F",
    "007", "1e-3", ".5", "1,5", "9007199254740993", "18446744073709551616", "-9223372036854775809",
    "4294967295", "4294967296", "2147483648", "1" * 400, "1e" + "9" * 30, "2020-01-01", "12:30:45", "1 2",
    "+1", "--1", "1.", "", " ", "null", "true", "NA", "<NA>", "\\N", "None", "False", "x0", "x1", "label",
    "id", "softmax", "relu", "units", "inputs", "layers", "data", "O", "|O8", "../x", "/dev/zero", "&a",
    "*a", "!!python/object:os.system", "a" * 300, "é", "\u4e2d", "\U0001f600", "\u0661", "\u200b", "\ufeff",
    "\ud7ff", "\x00", "\x1b[31m", "\r", "\n", "\t", '"', "'", '""', ",", ";", ":", "|", "-", "#", "<<", "{",
    "}", "[", "]", "[[", "]]", "{}", "[]", "[" * 200, "{a: " * 100, "(", ")", "(2,)", "%", "\\", "1e",
]  # fmt: skip
"""Words at which parsers, converters and arithmetic have failed before."""

NUMBERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1]

_TOKEN = re.compile(r"[\w.+-]+|\s+|.", re.DOTALL)


def mutated(name: str, data: bytes, random: Random, other: bytes = b"") -> bytes:
    """Return a damaged copy of a file; its name tells what it is, ``other`` is a file to splice with."""
    for _ in range(random.choice((1, 1, 1, 1, 2, 4))):
        way = _way(name) if random.random() < 0.65 else None
        try:
            data = way(data, random) if way is not None else damaged(data, random, other)
        except (ValueError, LookupError, OSError, EOFError, zlib.error, zipfile.BadZipFile, struct.error,
                NotImplementedError, pa.ArrowException, zstandard.ZstdError, RuntimeError):  # fmt: skip
            data = damaged(data, random, other)  # an earlier mutation has taken the structure away
    return data


def _way(name: str) -> Callable[[bytes, Random], bytes] | None:
    suffix = name.rpartition(".")[2]
    return _WAYS.get(suffix)


def damaged(data: bytes, random: Random, other: bytes = b"") -> bytes:
    """Change bytes without asking what they mean."""
    new = bytearray(data or b"\0")
    at = random.randrange(len(new))
    if random.random() < 0.3:  # headers and footers hold what is most worth a lie
        at = random.choice((at % 64, len(new) - 1 - at % 512)) % len(new)
    size = random.choice((1, 2, 4, 8, random.randrange(1, 64)))
    match random.randrange(9):
        case 0:
            new[at] ^= 1 << random.randrange(8)
        case 1:
            new[at] = random.choice((0, 1, 0x7F, 0x80, 0xFF, 10, 34, random.randrange(256)))
        case 2:
            del new[at : at + size]
        case 3:
            new[at:at] = new[at : at + size] * random.choice((1, 1, 2, 50))
        case 4:
            del new[at:]
        case 5:
            new[at : at + size] = new[at : at + size][::-1]
        case 6:
            wide = random.choice("BHIQ")
            number = random.choice(NUMBERS) & (1 << 8 * struct.calcsize(wide)) - 1
            new[at : at + struct.calcsize(wide)] = struct.pack(random.choice("<>") + wide, number)
        case 7:
            start = random.randrange(len(other) or 1)
            new[at : at + size] = other[start : start + random.randrange(1, 200)]
        case 8:
            to = random.randrange(len(new))
            new[at : at + size], new[to : to + size] = new[to : to + size], new[at : at + size]
    return bytes(new)


def text(data: bytes, random: Random) -> bytes:
    """Change a word or a line."""
    words = _TOKEN.findall(data.decode(errors="surrogateescape")) or [""]
    at, to = random.randrange(len(words)), random.randrange(len(words))
    match random.randrange(9):
        case 0 | 1 | 2:
            words[at] = random.choice(HOSTILE)
        case 3:
            words.insert(at, random.choice(HOSTILE))
        case 4:
            del words[at]
        case 5:
            words[at], words[to] = words[to], words[at]
        case 6:
            words[at] = words[at] * random.choice((2, 3, 100))
        case 7:
            words[at:at] = words[min(at, to) : min(at, to) + random.randrange(1, 30)]
        case 8:
            lines = "".join(words).split("\n")
            line = random.randrange(len(lines))
            change = random.randrange(3)
            lines[line : line + 1] = [
                [],
                [lines[line]] * 2,
                [random.choice(("  ", "\t", "- ")) + lines[line]],
            ][change]
            words = ["\n".join(lines)]
    return "".join(words).encode(errors="surrogateescape")


def gz(data: bytes, random: Random) -> bytes:
    """Pack a changed text."""
    return gzip.compress(text(gzip.decompress(data), random), 1)


def zst(data: bytes, random: Random) -> bytes:
    """Pack a changed text."""
    unpacked = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return zstandard.ZstdCompressor().compress(text(unpacked, random))


def npy(data: bytes, random: Random) -> bytes:
    """Change a word of the header, and the size that says how long that is."""
    size = struct.unpack("<H", data[8:10])[0]
    header = text(data[10 : 10 + size], random)[:0xFFFF]
    return data[:8] + struct.pack("<H", len(header)) + header + data[10 + size :]


def members(data: bytes, random: Random) -> bytes:
    """Change a member of a zip archive, its name, or how often it is there."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        inside = [(member.filename, archive.read(member)) for member in archive.infolist()]
    at = random.randrange(len(inside))
    name, content = inside[at]
    match random.randrange(8):
        case 0:
            inside[at] = (text(name.encode(), random).decode(errors="replace") or "x", content)
        case 1:
            del inside[at]
        case 2:
            inside.insert(at, (name + "2", content))
        case _:
            inside[at] = (name, mutated(name, content, random))
    packed = io.BytesIO()
    with (
        warnings.catch_warnings(action="ignore"),
        zipfile.ZipFile(packed, "w", random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive,
    ):
        for name, content in inside:
            archive.writestr(zipfile.ZipInfo(name[:1000]), content)
    return packed.getvalue()


def safetensors(data: bytes, random: Random) -> bytes:
    """Change a word of the header, and the size that says how long that is."""
    size = struct.unpack("<Q", data[:8])[0]
    header = text(data[8 : 8 + size], random)
    if random.random() < 0.3:
        header = json.dumps(json.loads(data[8 : 8 + size])).encode()
        header = header.replace(
            b"F32", random.choice((b"F16", b"BF16", b"I64", b"U8", b"F8_E4M3", b"BOOL", b"F4"))
        )
    return struct.pack("<Q", len(header)) + header + data[8 + size :]


def parquet(data: bytes, random: Random) -> bytes:
    """Write a sound file whose columns are not what they should be, or change the metadata."""
    if random.random() < 0.4:
        return footer(data, random)
    table = pq.read_table(io.BytesIO(data))
    for _ in range(random.randrange(1, 3)):
        at = random.randrange(table.num_columns)
        name, other = table.column_names[at], table.column(random.randrange(table.num_columns))
        match random.randrange(8):
            case 0 | 1:
                table = table.set_column(at, name, other)
            case 2:
                table = table.append_column(random.choice(HOSTILE), other)
            case 3:
                table = table.set_column(
                    at, random.choice(("x0", "x1", "label", "a.b", "", name + "2")), other
                )
            case 4:
                nested = random.choice(
                    (pa.list_, lambda kind: pa.struct({"a": kind}), lambda kind: pa.map_(pa.string(), kind))
                )
                table = table.append_column("nested", pa.nulls(len(table), nested(other.type)))
            case 5:
                table = table.set_column(at, name, pa.array(_values(len(table), random)))
            case 6:
                table = table.remove_column(at) if table.num_columns > 1 else table
            case 7:
                table = (
                    table.slice(0, random.randrange(3))
                    if random.random() < 0.5
                    else pa.concat_tables([table] * 2)
                )
    packed = io.BytesIO()
    codec = random.choice(("none", "snappy", "gzip", "zstd", "lz4", "brotli"))
    pq.write_table(table, packed, compression=codec, row_group_size=random.choice((1, 2, 100)),
                   use_dictionary=random.random() < 0.5, data_page_version=random.choice(("1.0", "2.0")),
                   store_schema=random.random() < 0.7)  # fmt: skip
    return packed.getvalue()


def _values(n: int, random: Random) -> list[object]:
    """Return values of one type, the worst that it has."""
    worst: list[list[object]] = [
        [float("nan"), float("inf"), 1e308],
        [2**63 - 1, -(2**63), 0],
        ["", "1e5", "no"],
        [b"\xff", b"", b"no"],
        [datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31)],
        [datetime.time(0)],
        [datetime.timedelta(days=-1)],
        [[1], [], None],
        [{"a": [1]}, {"a": None}],
        [Decimal("1e-30"), Decimal("1e30")],
        [uuid.UUID(int=5)],
        [True],
        [None],
    ]
    kind = random.choice(worst)
    return [random.choice([*kind, None]) for _ in range(n)]


def footer(data: bytes, random: Random) -> bytes:
    """Change bytes of the metadata at the end of a Parquet file."""
    size = struct.unpack("<I", data[-8:-4])[0]
    meta = damaged(data[-8 - size : -8], random)
    return data[: -8 - size] + meta + struct.pack("<I", len(meta)) + b"PAR1"


_WAYS: dict[str, Callable[[bytes, Random], bytes]] = {
    **dict.fromkeys(("yaml", "csv", "tsv", "json", "jsonl"), text),
    **dict.fromkeys(("npz", "keras", "pt", "pth", "ckpt"), members),
    "gz": gz,
    "zst": zst,
    "npy": npy,
    "safetensors": safetensors,
    "parquet": parquet,
}
