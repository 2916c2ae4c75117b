#include "projections/state/state_hash.hpp"

#include <openssl/evp.h>

namespace projections {

StateHash::StateHash() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    ACTLEDGER_ASSERT(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}
StateHash::~StateHash() = default;

StateHash& StateHash::number(std::uint64_t value) {
    std::array<std::uint8_t, 8> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
    ACTLEDGER_ASSERT(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
    return *this;
}

StateHash& StateHash::bytes(ledger::ByteView value) {
    number(value.size());
    ACTLEDGER_ASSERT(EVP_DigestUpdate(context_.get(), value.data(), value.size()) == 1);
    return *this;
}

ledger::Digest StateHash::finish() {
    ledger::Digest digest;
    unsigned size = 0;
    ACTLEDGER_ASSERT(EVP_DigestFinal_ex(context_.get(), digest.bytes.data(), &size) == 1);
    ACTLEDGER_ASSERT(size == ledger::Digest::size_bytes);
    return digest;
}

}  // namespace projections
