#include "projections/state/state_writer.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace projections {

StateWriter::StateWriter(Sink sink)
    : sink_(std::move(sink)),
      context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free),
      piece_(std::make_unique_for_overwrite<std::uint8_t[]>(piece_bytes)) {
    ACTLEDGER_ASSERT(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}
StateWriter::~StateWriter() = default;

std::uint8_t* StateWriter::room(std::size_t size) {
    ACTLEDGER_ASSERT(size <= piece_bytes);
    if (piece_bytes - used_ < size) flush();
    std::uint8_t* const at = piece_.get() + used_;
    used_ += size;
    return at;
}

StateWriter& StateWriter::number(std::uint64_t value) {
    put_little_endian(room(sizeof value), value);
    return *this;
}

StateWriter& StateWriter::fixed(ledger::ByteView value) {
    while (!value.empty()) {
        const std::size_t size = std::min(value.size(), piece_bytes);
        std::memcpy(room(size), value.data(), size);
        value = value.subspan(size);
    }
    return *this;
}

void StateWriter::flush() {
    const ledger::ByteView written(piece_.get(), used_);
    ACTLEDGER_ASSERT(EVP_DigestUpdate(context_.get(), written.data(), written.size()) == 1);
    if (sink_) sink_(written);
    flushed_ += used_;
    used_ = 0;
}

ledger::Digest StateWriter::finish() {
    flush();
    ledger::Digest digest;
    unsigned size = 0;
    ACTLEDGER_ASSERT(EVP_DigestFinal_ex(context_.get(), digest.bytes.data(), &size) == 1);
    ACTLEDGER_ASSERT(size == ledger::Digest::size_bytes);
    return digest;
}

}  // namespace projections
