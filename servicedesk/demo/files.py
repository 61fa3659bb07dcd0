"""Small files that people attach: a picture of a window with a message, and a log."""

import random
import struct
import zlib
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

WIDTH, HEIGHT = 320, 200
_LINES = (
    "service started", "connection to 10.20.4.11:443 opened", "handshake failed: certificate expired",
    "retry in 30 s", "connection closed by peer", "user profile loaded in 8.2 s", "driver reset, adapter 2",
)  # fmt: skip


def picture(chance: random.Random, name: str) -> SimpleUploadedFile:
    """A PNG that looks like a window with a few lines of text."""
    tone = tuple(chance.randint(30, 200) for _channel in range(3))
    lines = {row: chance.randint(60, 260) for row in range(50, 150, 14)}
    rows = bytearray()
    for y in range(HEIGHT):
        rows.append(0)
        text_to = next((end for row, end in lines.items() if row <= y < row + 6), 0)
        for x in range(WIDTH):
            rows += bytes(tone if y < 24 else (70, 70, 76) if 20 <= x < text_to else (244, 244, 246))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return SimpleUploadedFile(name, b"\x89PNG\r\n\x1a\n" + body, content_type="image/png")


def log(chance: random.Random, name: str, at: datetime) -> SimpleUploadedFile:
    """A text file of a few dozen dated lines, the last of them shortly before ``at``."""
    moment = at - timedelta(minutes=40)
    lines = []
    for _line in range(chance.randint(20, 40)):
        moment += timedelta(seconds=chance.randint(1, 58))
        lines.append(f"{moment:%Y-%m-%d %H:%M:%S} {chance.choice(('INFO ', 'INFO ', 'WARN ', 'ERROR'))} "
                     f"{chance.choice(_LINES)}")  # fmt: skip
    return SimpleUploadedFile(name, "\n".join(lines).encode(), content_type="text/plain")
