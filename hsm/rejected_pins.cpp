#include "hsm/rejected_pins.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

#include "hsm/durable_file.hpp"
#include "hsm/errc.hpp"

namespace hsm {
namespace {

using ledger::ByteView;
using ledger::Error;
using ledger::Result;

constexpr std::string_view file_name = "hsm-rejected-pins";
constexpr std::string_view file_header = "actledger-rejected-pins/1\n";
constexpr std::size_t entries_max = 64;
constexpr std::size_t entries_of_token_max = 8;               // each costs a slow hash before a PIN is tried
constexpr std::size_t line_bytes = 64 + 1 + 32 + 1 + 64 + 1;  // three hexadecimal numbers
// About 16 MiB and some tens of milliseconds: a PIN has few digits, and the file may be copied.
constexpr std::uint64_t scrypt_n = 1 << 14;
constexpr std::uint64_t scrypt_r = 8;
constexpr std::uint64_t scrypt_p = 1;
constexpr std::uint64_t scrypt_memory_max = 64 << 20;

std::array<std::uint8_t, 32> token_digest(const TokenInfo& token) {
    ledger::Bytes text;
    for (const std::string* part : {&token.manufacturer, &token.model, &token.serial, &token.label}) {
        text.insert(text.end(), part->begin(), part->end());
        text.push_back(0);
    }
    std::array<std::uint8_t, 32> digest{};
    unsigned size = 0;
    ACTLEDGER_ASSERT(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
    return digest;
}

std::array<std::uint8_t, 32> slow_hash(const Pin& pin, ByteView salt) {
    std::array<std::uint8_t, 32> hash{};
    ACTLEDGER_ASSERT(EVP_PBE_scrypt(pin.text().data(), pin.text().size(), salt.data(), salt.size(), scrypt_n, scrypt_r,
                                    scrypt_p, scrypt_memory_max, hash.data(), hash.size()) == 1);
    return hash;
}

/// A hexadecimal field of exactly the array's length. @return false if it is not one
template <std::size_t Size>
bool parse_hex(std::string_view text, std::array<std::uint8_t, Size>& into) {
    const auto bytes = ledger::hex_decode(text);
    if (!bytes || bytes->size() != Size) return false;
    std::copy(bytes->begin(), bytes->end(), into.begin());
    return true;
}

}  // namespace

Result<void> RejectedPins::load() {
    if (loaded_ || folder_.empty()) return {};
    const auto path = folder_ / file_name;
    const auto failed = [&](std::string detail) {
        return Error{errc::state_folder_failed, std::move(detail), {{"path", path.string()}}};
    };
    std::error_code failure;
    const auto bytes = read_file(path, file_header.size() + entries_max * line_bytes, failure);
    if (!bytes && failure != std::errc::no_such_file_or_directory) return failed(failure.message());
    if (bytes) {
        std::string_view text = ledger::as_text(*bytes);
        if (!text.starts_with(file_header) || (text.size() - file_header.size()) % line_bytes != 0) {
            return failed("not a file of this program");
        }
        for (text.remove_prefix(file_header.size()); !text.empty(); text.remove_prefix(line_bytes)) {
            Entry entry{};
            const bool good = parse_hex(text.substr(0, 64), entry.token) && text[64] == ' ' &&
                              parse_hex(text.substr(65, 32), entry.salt) && text[97] == ' ' &&
                              parse_hex(text.substr(98, 64), entry.hash) && text[162] == '\n';
            if (!good) return failed("not a file of this program");
            entries_.push_back(entry);
        }
    }
    loaded_ = true;
    return {};
}

Result<void> RejectedPins::store() const {
    if (folder_.empty()) return {};
    std::string text(file_header);
    for (const Entry& entry : entries_) {
        text += ledger::hex_encode(entry.token) + ' ' + ledger::hex_encode(entry.salt) + ' ' +
                ledger::hex_encode(entry.hash) + '\n';
    }
    const auto path = folder_ / file_name;
    // Root may check a card, and mistype its PIN: the service has to read that all the same.
    if (const auto failure = write_file_durably(path, ledger::as_bytes(text), FileOwner::of_folder)) {
        return Error{errc::state_folder_failed, failure.message(), {{"path", path.string()}}};
    }
    return {};
}

Result<bool> RejectedPins::contains(const TokenInfo& token, const Pin& pin) {
    ACTLEDGER_CHECK(load());
    const auto digest = token_digest(token);
    return std::ranges::any_of(entries_, [&](const Entry& entry) {
        return entry.token == digest && slow_hash(pin, entry.salt) == entry.hash;
    });
}

Result<void> RejectedPins::add(const TokenInfo& token, const Pin& pin) {
    Entry entry{token_digest(token), {}, {}};
    ledger::fill_random(entry.salt);
    entry.hash = slow_hash(pin, entry.salt);
    ACTLEDGER_CHECK(load());
    const auto same_token = [&](const Entry& other) { return other.token == entry.token; };
    if (std::ranges::count_if(entries_, same_token) == entries_of_token_max) {
        entries_.erase(std::ranges::find_if(entries_, same_token));
    }
    entries_.push_back(entry);
    if (entries_.size() > entries_max) entries_.erase(entries_.begin());
    return store();
}

Result<void> RejectedPins::forget(const TokenInfo& token) {
    ACTLEDGER_CHECK(load());
    const auto digest = token_digest(token);
    if (std::erase_if(entries_, [&](const Entry& entry) { return entry.token == digest; }) == 0) return {};
    return store();
}

}  // namespace hsm
