#pragma once
// tests/reference/naive_tree.hpp: RFC 6962, sections 2.1 to 2.1.2, word for word: recursive, slow, and with nothing of
// the ledger's tree code in it. The tests hold the fast code against it.

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace reference {

using Hash = std::array<std::uint8_t, 32>;
using Leaves = std::span<const std::string>;

inline Hash sha256(const std::string& bytes) {
    Hash hash;
    EVP_Q_digest(nullptr, "SHA256", nullptr, bytes.data(), bytes.size(), hash.data(), nullptr);
    return hash;
}
inline std::string as_string(const Hash& hash) { return {hash.begin(), hash.end()}; }

/// The largest power of two smaller than n.
inline std::size_t split(std::size_t n) {
    std::size_t k = 1;
    while (k * 2 < n) k *= 2;
    return k;
}

/// MTH
inline Hash root(Leaves leaves) {
    if (leaves.empty()) return sha256("");
    if (leaves.size() == 1) return sha256(std::string(1, '\0') + leaves.front());
    const auto k = split(leaves.size());
    return sha256('\1' + as_string(root(leaves.first(k))) + as_string(root(leaves.subspan(k))));
}

/// PATH
inline std::vector<Hash> path(std::size_t m, Leaves leaves) {
    if (leaves.size() == 1) return {};
    const auto k = split(leaves.size());
    auto hashes = m < k ? path(m, leaves.first(k)) : path(m - k, leaves.subspan(k));
    hashes.push_back(m < k ? root(leaves.subspan(k)) : root(leaves.first(k)));
    return hashes;
}

/// SUBPROOF
inline std::vector<Hash> subproof(std::size_t m, Leaves leaves, bool is_whole) {
    if (m == leaves.size()) return is_whole ? std::vector<Hash>{} : std::vector<Hash>{root(leaves)};
    const auto k = split(leaves.size());
    auto hashes = m <= k ? subproof(m, leaves.first(k), is_whole) : subproof(m - k, leaves.subspan(k), false);
    hashes.push_back(m <= k ? root(leaves.subspan(k)) : root(leaves.first(k)));
    return hashes;
}
/// PROOF, for 0 < m < n
inline std::vector<Hash> proof(std::size_t m, Leaves leaves) { return subproof(m, leaves, true); }

}  // namespace reference
