#include "projections/state/state_reader.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "projections/state/errc.hpp"

namespace projections {

StateReader::StateReader(Source source)
    : source_(std::move(source)),
      context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free),
      piece_(std::make_unique_for_overwrite<std::uint8_t[]>(piece_bytes)) {
    ACTLEDGER_ASSERT(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}
StateReader::~StateReader() = default;

void StateReader::require(bool condition, const char* what) {
    if (condition || error_) return;
    const std::uint64_t offset = read_ - (end_ - begin_);
    error_ = ledger::Error{errc::state_malformed, std::string(what) + ", before byte " + std::to_string(offset)};
}

bool StateReader::fill(std::size_t size) {
    if (error_) return false;
    if (end_ - begin_ >= size) return true;
    std::memmove(piece_.get(), piece_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    while (end_ < size) {
        const auto got = source_({piece_.get() + end_, piece_bytes - end_});
        if (!got) {
            error_ = got.error();
            return false;
        }
        if (*got == 0) return false;
        ACTLEDGER_ASSERT(EVP_DigestUpdate(context_.get(), piece_.get() + end_, *got) == 1);
        end_ += *got;
        read_ += *got;
    }
    return true;
}

const std::uint8_t* StateReader::take(std::size_t size) {
    ACTLEDGER_ASSERT(size <= piece_bytes);
    const bool there = fill(size);
    require(there, "it ends early");
    if (!there) return nullptr;
    const std::uint8_t* const at = piece_.get() + begin_;
    begin_ += size;
    return at;
}

std::uint64_t StateReader::number(std::uint64_t most) {
    const std::uint8_t* const at = take(sizeof(std::uint64_t));
    if (at == nullptr) return 0;
    const auto value = get_little_endian<std::uint64_t>(at);
    require(value <= most, "a number is too large");
    return value <= most ? value : 0;
}

ledger::SequenceNumber StateReader::event() {
    const std::uint64_t value = number();
    require(value < events_, "an event that is not folded yet");
    return {value};
}

void StateReader::fixed(std::span<std::uint8_t> out) {
    const std::uint8_t* const at = take(out.size());
    if (at != nullptr) std::memcpy(out.data(), at, out.size());
}

ledger::Bytes StateReader::bytes(std::size_t most) {
    const auto size = static_cast<std::size_t>(number(std::min(most, piece_bytes)));
    const std::uint8_t* const at = take(size);
    if (at == nullptr) return {};
    return {at, at + size};
}

std::string StateReader::text(std::size_t most) {
    const ledger::Bytes read = bytes(most);
    return std::string(ledger::as_text(read));
}

ledger::Result<ledger::Digest> StateReader::finish() {
    if (ok()) require(!fill(1), "there is more behind its end");
    if (error_) return *error_;
    ledger::Digest digest;
    unsigned size = 0;
    ACTLEDGER_ASSERT(EVP_DigestFinal_ex(context_.get(), digest.bytes.data(), &size) == 1);
    ACTLEDGER_ASSERT(size == ledger::Digest::size_bytes);
    return digest;
}

}  // namespace projections
