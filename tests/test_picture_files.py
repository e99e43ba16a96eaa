"""Pictures of the user: what their metadata say is heeded, or they are refused by name."""

import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageSequence

import neuroflysim as nfs
from neuroflysim.stimulus.movie_files import read_movie
from neuroflysim.stimulus.picture_files import MOST_PIXELS, grey_of_8_bits, read_image


def _pixels(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def _refused(path, *words):
    with pytest.raises(nfs.InvalidValueError) as error:
        read_image(path)
    told = str(error.value)
    assert path.name in told and "\n" not in told
    for word in words:
        assert word in told


TURNED = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.T,
    6: lambda p: p.T[:, ::-1],
    7: lambda p: p.T[::-1, ::-1],
    8: lambda p: p.T[::-1],
}


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
@pytest.mark.parametrize("orientation", TURNED)
def test_pictures_stand_as_their_metadata_say(tmp_path, suffix, orientation):
    stored, exif = _pixels(4, 6), Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned.{suffix}"
    options = {"lossless": True} if suffix == "webp" else {}
    Image.fromarray(stored).convert("RGB").save(path, exif=exif, **options)
    seen = read_image(path) * 255
    assert np.array_equal(seen.round(), TURNED[orientation](stored))


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P", "PA", "L", "RGB", "1"])
def test_what_is_transparent_is_refused_and_what_is_opaque_is_seen(tmp_path, mode):
    grey = Image.fromarray(np.where(_pixels(5, 6) > 99, 255, 0).astype(np.uint8))
    path = tmp_path / "alpha.png" if mode != "PA" else tmp_path / "alpha.tif"
    if mode in ("LA", "RGBA", "PA"):
        picture = grey.convert("RGBA")
        picture.putalpha(255)
        picture.convert(mode if mode != "PA" else "LA").save(path)
        assert np.array_equal(read_image(path) * 255, grey)
        alpha = Image.new("L", grey.size, 255)
        alpha.putpixel((2, 3), 254)
        picture.putalpha(alpha)
        picture.convert(mode if mode != "PA" else "LA").save(path)
    else:
        key = {"RGB": (0, 0, 0), "P": 0, "L": 0, "1": 0}[mode]
        grey.convert(mode).save(path)
        assert np.array_equal(read_image(path) * 255, grey)
        grey.convert(mode).save(path, transparency=key)
    _refused(path, "transparent")


@pytest.mark.parametrize("most", [1000, 4095, 65535, 255, 15])
@pytest.mark.parametrize("kind", [b"P5", b"P2"])
def test_levels_of_pgm_count_from_0_to_what_its_head_says(tmp_path, most, kind):
    values = np.linspace(0, most, 24).round().astype(int).reshape(4, 6)
    if kind == b"P2":
        pixels = " ".join(map(str, values.ravel())).encode()
    else:
        pixels = values.astype(">u2" if most > 255 else "u1").tobytes()
    path = tmp_path / "deep.pgm"
    path.write_bytes(kind + f"\n6 4\n{most}\n".encode() + pixels)
    assert read_image(path) == pytest.approx(values / most, abs=0.002)


def test_levels_of_16_bits_are_kept(tmp_path):
    values = (_pixels(4, 6).astype(np.uint16) << 8) + 3
    for name in ("deep.png", "deep.tif"):
        Image.fromarray(values).save(tmp_path / name)
        assert np.array_equal(read_image(tmp_path / name), values / 65535)


def _tiff(values: np.ndarray, bits: int, photometric: int, sample_format: int = 1) -> bytes:
    """Return a little-endian TIFF of one strip, written from its specification."""
    data = values.tobytes()
    height, width = values.shape
    tags = [
        (256, 3, 1, width), (257, 3, 1, height), (258, 3, 1, bits), (259, 3, 1, 1),
        (262, 3, 1, photometric), (273, 4, 1, 8), (277, 3, 1, 1), (278, 3, 1, height),
        (279, 4, 1, len(data)), (339, 3, 1, sample_format),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = b"II*\0" + struct.pack("<I", 8 + len(data))
    return head + data + struct.pack("<H", len(tags)) + entries + bytes(4)


@pytest.mark.parametrize(("dtype", "bits", "kind"), [("u1", 8, 1), ("<u2", 16, 1), ("<f4", 32, 3)])
def test_white_may_be_zero_in_tiff(tmp_path, dtype, bits, kind):
    most = 1 if kind == 3 else 2**bits - 1
    values = (np.linspace(0, 1, 24).reshape(4, 6) * most).astype(dtype)
    path = tmp_path / "scan.tif"
    for photometric, right in ((1, values / most), (0, 1 - values / most)):
        path.write_bytes(_tiff(values, bits, photometric, kind))
        assert read_image(path) == pytest.approx(right, abs=1e-6)


def test_other_colours_become_grey_or_are_refused(tmp_path):
    grey = Image.fromarray(_pixels(4, 6))
    for mode in ("CMYK", "YCbCr"):
        coloured = grey.convert("RGB").convert(mode)
        # Pillow before 13 writes YCbCr as TIFF that it cannot read, unless it is compressed.
        coloured.save(tmp_path / "a.tif", compression="tiff_lzw")
        for found in (read_image(tmp_path / "a.tif") * 255, grey_of_8_bits("a.tif", coloured)):
            assert found == pytest.approx(np.asarray(grey), abs=2)
    grey.point(lambda level: 255 * (level > 99)).convert("1").save(tmp_path / "b.png")
    assert np.array_equal(read_image(tmp_path / "b.png"), np.asarray(grey) > 99)
    Image.new("LAB", (30, 20), (128, 0, 0)).save(tmp_path / "c.tif")
    _refused(tmp_path / "c.tif", "LAB")


def test_numbers_that_are_no_luminance_are_refused(tmp_path):
    for wrong in (np.nan, np.inf, 1.5, -0.1):
        values = np.full((4, 6), 0.5, np.float32)
        values[1, 2] = wrong
        Image.fromarray(values).save(tmp_path / "float.tif")
        _refused(tmp_path / "float.tif")


def test_a_file_of_several_pictures_is_not_taken_for_one(tmp_path):
    first, *others = (Image.fromarray(_pixels(4, 6, seed=k)) for k in range(3))
    for name in ("m.gif", "m.png", "m.webp", "m.tif"):
        first.save(tmp_path / name, save_all=True, append_images=others)
        _refused(tmp_path / name, "3 pictures")
    first.convert("RGB").save(
        tmp_path / "phone.jpg", format="MPO", save_all=True, append_images=others
    )
    assert read_image(tmp_path / "phone.jpg").shape == (4, 6)


def test_formats_that_start_programs_are_no_pictures(tmp_path):
    path = tmp_path / "scene.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n")
    _refused(path, "no format that is known")


def test_every_flipped_bit_of_a_png_is_seen(tmp_path):
    path = tmp_path / "scene.png"
    Image.fromarray(_pixels(20, 30)).save(path)
    content, rng = path.read_bytes(), np.random.default_rng(0)
    for at in rng.integers(0, len(content) - 12, 100):  # the last 12 bytes only say that it ends
        changed = bytearray(content)
        changed[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(changed)
        _refused(path)
        path.write_bytes(content[:at])
        _refused(path)


def _png_of(width, height):
    def block(kind, data):
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = block(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + block(b"IHDR", head) + data + block(b"IEND", b"")


@pytest.mark.parametrize("size", [(12_000, 12_000), (2**31 - 1, 2**31 - 1), (1, MOST_PIXELS + 1)])
def test_declared_sizes_are_asked_before_memory_is_taken(tmp_path, size):
    (tmp_path / "bomb.png").write_bytes(_png_of(*size))
    _refused(tmp_path / "bomb.png")
    gif = b"GIF89a" + struct.pack("<HH", *(min(n, 65535) for n in size)) + b"\x80\0\0" + bytes(6)
    (tmp_path / "bomb.gif").write_bytes(gif + b"\x21\xf9\x04\0\4\0\0\0," + bytes(99))
    with pytest.raises(nfs.InvalidValueError, match=r"bomb\.gif"):
        read_movie(tmp_path / "bomb.gif")


def test_what_is_no_regular_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    os.mkfifo(tmp_path / "pipe.gif")
    os.mkfifo(tmp_path / "pipe.flo")
    os.mkfifo(tmp_path / "pipe.nc")
    for read in (
        lambda: read_image(tmp_path / "pipe.png"),
        lambda: nfs.flow.photographs(tmp_path),
        lambda: read_movie(tmp_path / "pipe.gif"),
        lambda: nfs.flow.read_flo(tmp_path / "pipe.flo"),
        lambda: nfs.load_responses(tmp_path / "pipe.nc"),
        lambda: nfs.load_recording(tmp_path / "pipe.nc"),
        lambda: read_image("/dev/zero"),
        lambda: nfs.flow.read_flo("/dev/zero"),
        lambda: nfs.load_responses("/dev/zero"),
        lambda: nfs.flow.photographs("x" * 5000),
        lambda: nfs.flow.sintel("x" * 5000),
        lambda: read_movie("x" * 5000 + ".gif"),
        lambda: nfs.flow.read_flo("x" * 5000),
        lambda: nfs.load_responses("x" * 5000),
        lambda: nfs.flow.photographs(""),
    ):
        with pytest.raises(nfs.NeuroFlySimError):
            read()


def test_a_folder_is_read_without_hidden_files_and_9_before_10(tmp_path):
    for k in (10, 9, 1):
        Image.new("L", (6, 4), k).save(tmp_path / f"frame_{k}.png")
    (tmp_path / "._frame_1.png").write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        ")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    (tmp_path / "more.png").mkdir()
    seen = nfs.flow.photographs(tmp_path)
    assert [os.path.basename(name) for name in seen] == [f"frame_{k}.png" for k in (1, 9, 10)]
    with pytest.raises(nfs.InvalidValueError, match="twice"):
        nfs.flow.photographs([tmp_path / "frame_9.png"] * 2)


def test_frames_of_a_gif_that_only_say_what_changed_are_seen_whole(tmp_path):
    frames = [np.full((8, 9), 200, np.uint8) for _ in range(3)]
    for k, frame in enumerate(frames):
        frame[k, k] = 0
    first, *others = map(Image.fromarray, frames)
    first.save(tmp_path / "m.gif", save_all=True, append_images=others, duration=50, optimize=True)
    seen, rate = read_movie(tmp_path / "m.gif")
    assert np.array_equal(seen, frames) and rate == 20
    first.save(tmp_path / "m.gif", save_all=True, append_images=others, duration=0)
    with pytest.raises(nfs.InvalidValueError, match="frame_rate"):
        read_movie(tmp_path / "m.gif")


def test_a_transparent_gif_is_refused(tmp_path):
    first, second = (Image.new("P", (9, 8), k) for k in (0, 1))
    second.putpixel((3, 3), 0)
    options = {"transparency": 0, "disposal": 2, "duration": 50}
    first.save(tmp_path / "m.gif", save_all=True, append_images=[second], **options)
    with pytest.raises(nfs.InvalidValueError, match=r"m\.gif has transparent pixels"):
        read_movie(tmp_path / "m.gif")


def test_a_second_of_a_gif_of_ours_is_as_many_frames_as_the_docs_say(tmp_path):
    pytest.importorskip("matplotlib").use("agg")
    from matplotlib import pyplot as plt

    from neuroflysim.plotting.animation import movie, movie_writer

    figure, axes = plt.subplots(figsize=(1, 1))
    path = tmp_path / "m.gif"
    movie(figure, lambda k: axes.set_title(str(k)), 7, path, movie_writer(path))
    with Image.open(path) as gif:
        lasts = [frame.info["duration"] for frame in ImageSequence.Iterator(gif)]
    assert lasts == [50] * 7  # 20 a second


def test_a_gif_that_lost_frames_is_no_shorter_movie(tmp_path):
    path = tmp_path / "m.gif"
    first, *others = (Image.fromarray(_pixels(8, 9, seed=k)) for k in range(4))
    first.save(path, save_all=True, append_images=others, duration=50)
    content = path.read_bytes()
    assert len(read_movie(path)[0]) == 4
    starts = [at for at in range(len(content)) if content[at : at + 3] == b"\x21\xf9\x04"]
    for changed in (
        content[: starts[2]],  # cut between frames
        content[: starts[2]] + b"\0" + content[starts[2] + 1 :],
        content[: starts[2]] + bytes(60) + content[starts[2] :],
        content[:-1],
        content[:8] + b"\x0a" + content[9:],  # higher than what the frames paint
        content[:8] + b"\x07" + content[9:],
    ):
        path.write_bytes(changed)
        with pytest.raises(nfs.InvalidValueError, match=r"m\.gif is damaged"):
            read_movie(path)
