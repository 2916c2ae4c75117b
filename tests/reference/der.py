"""Just enough DER to read a certificate's extensions: Debian's python3-cryptography refuses object identifiers with
numbers of 128 bits, such as those below 2.25."""

from note import require


def take(data):
    """-> (tag, contents, rest)"""
    require(len(data) >= 2, "DER: too short")
    length, at = data[1], 2
    if length >= 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
    require(len(data) >= at + length, "DER: too short")
    return data[0], data[at : at + length], data[at + length :]


def values(contents):
    """The values that a constructed one consists of."""
    found = []
    while contents:
        tag, inner, contents = take(contents)
        found.append((tag, inner))
    return found


def object_identifier(contents):
    numbers, number = [], 0
    for byte in contents:
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(str(n) for n in [first, numbers[0] - 40 * first] + numbers[1:])


def extensions(tbs_certificate):
    """-> {dotted identifier: the DER in the extension}"""
    (fields,) = [inner for tag, inner in values(take(tbs_certificate)[1]) if tag == 0xA3]
    found = {}
    for _, extension in values(take(fields)[1]):
        parts = values(extension)
        found[object_identifier(parts[0][1])] = parts[-1][1]
    return found
