"""RFC 6962, sections 2.1 to 2.1.2, word for word: recursive and slow. Written from the RFC, not from the C++ code."""

import hashlib


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(data):
    return sha256(b"\x00" + data)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def split(n):
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root(leaves):
    """MTH"""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = split(len(leaves))
    return node_hash(root(leaves[:k]), root(leaves[k:]))


def path(m, leaves):
    """PATH"""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return path(m, leaves[:k]) + [root(leaves[k:])]
    return path(m - k, leaves[k:]) + [root(leaves[:k])]


def root_from_path(leaf, index, size, hashes):
    """The root that a leaf's hash and its path lead to, by the same recursion; None if the path's length is wrong."""
    if not 0 <= index < size:
        return None
    if size == 1:
        return leaf if not hashes else None
    if not hashes:
        return None
    k = split(size)
    if index < k:
        left = root_from_path(leaf, index, k, hashes[:-1])
        return left and node_hash(left, hashes[-1])
    right = root_from_path(leaf, index - k, size - k, hashes[:-1])
    return right and node_hash(hashes[-1], right)


def consistent(old_size, old_root, new_size, new_root, hashes):
    """SUBPROOF of section 2.1.2, turned round: whether the hashes rebuild both roots."""
    if not 0 < old_size <= new_size:
        return False
    rest = list(hashes)

    def rebuild(m, n, known):
        """-> (root of the first m, root of all n), taking hashes from the end as SUBPROOF put them there."""
        if m == n:
            node = old_root if known else rest.pop()
            return node, node
        k = split(n)
        if m <= k:
            right = rest.pop()
            old, left = rebuild(m, k, known)
            return old, node_hash(left, right)
        left = rest.pop()
        old, right = rebuild(m - k, n - k, False)
        return node_hash(left, old), node_hash(left, right)

    try:
        rebuilt = rebuild(old_size, new_size, True)
    except IndexError:
        return False
    return not rest and rebuilt == (old_root, new_root)
