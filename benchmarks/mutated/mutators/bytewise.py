"""What happens to bytes on disks and wires: no regard to what they mean."""

from __future__ import annotations

from mutated.mutators.mutator import EITHER, Mutation, Mutator, NotApplicableError, collector

BYTES: list[Mutator] = []
mutator = collector(BYTES)


def _rewritten(path, what, change) -> Mutation:
    before = path.read_bytes()
    content = bytearray(before)
    if len(content) < 4:
        raise NotApplicableError
    told = change(content)
    if bytes(content) == before:
        raise NotApplicableError
    path.write_bytes(content)
    return Mutation(EITHER, f"{what}, {told}")


def _block(rng, content) -> tuple[int, int]:
    length = min(rng.choice((1, 2, 4, 8, 32, 128, 512)), len(content) // 2)
    begin = rng.randrange(len(content) - length + 1)
    return begin, begin + length


@mutator
def flip_a_bit(path, rng):
    """Turn one bit around."""

    def change(content):
        place, bit = rng.randrange(len(content)), rng.randrange(8)
        content[place] ^= 1 << bit
        return f"byte {place}, bit {bit}"

    return _rewritten(path, "a flipped bit", change)


@mutator
def overwrite(path, rng):
    """Write some random bytes over others."""

    def change(content):
        begin, end = _block(rng, content)
        content[begin:end] = rng.randbytes(end - begin)
        return f"bytes {begin} to {end}"

    return _rewritten(path, "random bytes", change)


@mutator
def insert(path, rng):
    """Put some random bytes between others."""

    def change(content):
        begin, end = _block(rng, content)
        content[begin:begin] = rng.randbytes(end - begin)
        return f"{end - begin} before byte {begin}"

    return _rewritten(path, "random bytes inserted", change)


@mutator
def delete(path, rng):
    """Leave some bytes out."""

    def change(content):
        begin, end = _block(rng, content)
        del content[begin:end]
        return f"{begin} to {end}"

    return _rewritten(path, "bytes left out", change)


@mutator
def truncate(path, rng):
    """Cut the end off."""

    def change(content):
        length = rng.choice((rng.randrange(len(content)), len(content) - rng.randrange(1, 4)))
        del content[length:]
        return f"at {length}"

    return _rewritten(path, "cut", change)


@mutator
def duplicate(path, rng):
    """Write a block a second time behind itself."""

    def change(content):
        begin, end = _block(rng, content)
        content[end:end] = content[begin:end]
        return f"bytes {begin} to {end}"

    return _rewritten(path, "a block twice", change)


@mutator
def zero(path, rng):
    """Fill a block with zeros, as file systems do that crashed."""

    def change(content):
        begin, end = _block(rng, content)
        content[begin:end] = bytes(end - begin)
        return f"bytes {begin} to {end}"

    return _rewritten(path, "zeros", change)


@mutator
def swap_blocks(path, rng):
    """Let two blocks of one length change places."""

    def change(content):
        begin, end = _block(rng, content)
        other = rng.randrange(len(content) - (end - begin) + 1)
        if abs(other - begin) < end - begin:
            raise NotApplicableError
        length = end - begin
        first, second = content[begin:end], content[other : other + length]
        content[begin:end], content[other : other + length] = second, first
        return f"{length} bytes at {begin} and {other}"

    return _rewritten(path, "blocks exchanged", change)
