#include "api/credentials.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "api/errc.hpp"
#include "api/problem.hpp"
#include "ledger/core/errc.hpp"

namespace api {
namespace {

using ledger::Error;
using ledger::Result;

constexpr std::size_t random_bytes = 16;
constexpr std::size_t time_bytes = 8;
constexpr std::size_t mac_bytes = 16;
constexpr std::size_t challenge_bytes = time_bytes + random_bytes + mac_bytes;
constexpr std::size_t signature_text_max = 256;
constexpr std::size_t bearer_text_max = 256;

Error malformed(std::string problem) { return {errc::credentials_malformed, {}, {{"problem", std::move(problem)}}}; }

/// Scheme names are case-insensitive (RFC 9110, section 11.1).
bool take_scheme(std::string_view& header, std::string_view scheme) {
    if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return false;
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        if ((header[i] | 0x20) != scheme[i]) return false;
    }
    header.remove_prefix(scheme.size() + 1);
    header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
    return true;
}

/// name="value", without escapes: base64 needs none.
Result<std::string_view> take_parameter(std::string_view& rest, std::string_view name) {
    if (!rest.starts_with(name) || !rest.substr(name.size()).starts_with("=\"")) {
        return malformed("Device needs challenge=\"…\", signature=\"…\"");
    }
    rest.remove_prefix(name.size() + 2);
    const auto end = rest.find('"');
    if (end == rest.npos) return malformed("a quote is missing");
    const std::string_view value = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return value;
}

std::array<std::uint8_t, mac_bytes> mac_of(const std::array<std::uint8_t, 32>& secret, ledger::ByteView data) {
    std::array<std::uint8_t, 32> whole{};
    unsigned size = 0;
    ACTLEDGER_ASSERT(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), data.data(), data.size(),
                          whole.data(), &size) != nullptr);
    std::array<std::uint8_t, mac_bytes> mac{};
    std::copy_n(whole.begin(), mac_bytes, mac.begin());
    return mac;
}

std::uint64_t milliseconds(ChallengeBook::Clock::time_point time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

std::string to_base64url(ledger::ByteView bytes) {
    std::string text = ledger::base64_encode(bytes);
    while (text.ends_with('=')) text.pop_back();
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

Result<ledger::Bytes> from_base64url(std::string_view url_text) {
    std::string text(url_text);
    if (text.find_first_of("+/=") != text.npos) return Error{ledger::errc::not_canonical};
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    return ledger::base64_decode(text);
}

}  // namespace

Result<Credentials> parse_authorization(std::string_view header) {
    if (header.empty()) return Credentials{NoCredentials{}};
    if (take_scheme(header, "bearer")) {
        const bool sane = !header.empty() && header.size() <= bearer_text_max &&
                          std::all_of(header.begin(), header.end(), [](char c) { return c > ' ' && c < 0x7f; });
        if (!sane) return malformed("the key after Bearer is not one word");
        return Credentials{BearerKey{header}};
    }
    if (!take_scheme(header, "device")) return malformed("its scheme is neither Bearer nor Device");
    DeviceSignature device;
    ACTLEDGER_TRY(device.challenge, take_parameter(header, "challenge"));
    if (!header.starts_with(", ")) return malformed("Device needs challenge=\"…\", signature=\"…\"");
    header.remove_prefix(2);
    ACTLEDGER_TRY(const std::string_view signature, take_parameter(header, "signature"));
    if (!header.empty() || signature.size() > signature_text_max) return malformed("something follows the signature");
    auto decoded = ledger::base64_decode(signature);
    if (!decoded) return malformed("the signature is not base64");
    device.signature = *std::move(decoded);
    return Credentials{std::move(device)};
}

std::string_view bearer_key(std::string_view header) {
    const auto credentials = parse_authorization(header);
    const auto* const bearer = credentials ? std::get_if<BearerKey>(&*credentials) : nullptr;
    return bearer == nullptr ? std::string_view{} : bearer->key;
}

std::string device_proof_text(const ledger::Suite& suite, const Request& request, std::string_view origin,
                              std::string_view challenge) {
    std::string text = "actledger-device-proof/1\n";
    text.append(name_of(request.method)).append("\n").append(request.path).append("\n").append(origin).append("\n");
    text.append(challenge).append("\n");
    return text.append(ledger::hex_encode(suite.hash(ledger::as_bytes(request.body)).view())).append("\n");
}

ChallengeBook::ChallengeBook() : turned_(Clock::now()) { ledger::fill_random(secret_); }

std::string ChallengeBook::make(Clock::time_point now) const {
    std::array<std::uint8_t, challenge_bytes> bytes{};
    const std::uint64_t time = milliseconds(now);
    for (std::size_t i = 0; i < time_bytes; ++i) bytes[i] = static_cast<std::uint8_t>(time >> (56 - 8 * i) & 0xff);
    ledger::fill_random(std::span(bytes).subspan(time_bytes, random_bytes));
    const auto mac = mac_of(secret_, std::span(bytes).first(time_bytes + random_bytes));
    std::copy(mac.begin(), mac.end(), bytes.begin() + time_bytes + random_bytes);
    return to_base64url(bytes);
}

Result<void> ChallengeBook::check(std::string_view challenge, Clock::time_point now) const {
    const auto bytes = from_base64url(challenge);
    if (!bytes || bytes->size() != challenge_bytes) return Error{errc::challenge_unusable};
    const ledger::ByteView view(*bytes);
    const auto mac = mac_of(secret_, view.first(time_bytes + random_bytes));
    if (CRYPTO_memcmp(mac.data(), view.data() + time_bytes + random_bytes, mac_bytes) != 0) {
        return Error{errc::challenge_unusable};
    }
    std::uint64_t made = 0;
    for (std::size_t i = 0; i < time_bytes; ++i) made = made << 8 | view[i];
    const std::uint64_t limit = static_cast<std::uint64_t>(std::chrono::milliseconds(lifetime).count());
    if (milliseconds(now) - made > limit) return Error{errc::challenge_unusable};
    return {};
}

Result<void> ChallengeBook::use(std::string_view challenge, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (now - turned_ >= lifetime) {
        used_before_ = now - turned_ >= 2 * lifetime ? decltype(used_){} : std::move(used_);
        used_.clear();
        turned_ = now;
    }
    const std::string text(challenge);
    if (used_.contains(text) || used_before_.contains(text)) return Error{errc::challenge_unusable};
    if (used_.size() >= used_max) return Error{ledger::errc::overloaded};
    used_.insert(text);
    return {};
}

Response challenge_response(const ChallengeBook& book, const Error& error, const Request& request) {
    Response response = problem(error, request);
    response.add_header("WWW-Authenticate",
                        "Device challenge=\"" + book.make(ChallengeBook::Clock::now()) + "\", algorithm=\"ES256\"");
    return response;
}

}  // namespace api
