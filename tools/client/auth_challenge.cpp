#include "tools/client/auth_challenge.hpp"

#include <algorithm>

namespace client {
namespace {

constexpr std::string_view token_characters =
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view base64url_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=";

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

/// Takes a challenge list apart from left to right (RFC 9110, appendix A).
class Scanner {
 public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool done() const { return rest_.empty(); }
    [[nodiscard]] std::size_t left() const { return rest_.size(); }
    bool skip(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }
    std::string_view token() {
        const auto end = std::min(rest_.find_first_not_of(token_characters), rest_.size());
        const auto found = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return found;
    }
    std::optional<std::string> value() {
        if (!skip('"')) {
            const auto found = token();
            return found.empty() ? std::nullopt : std::optional<std::string>(found);
        }
        std::string found;
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\') rest_.remove_prefix(1);
            if (rest_.empty()) return std::nullopt;
            found += rest_.front();
            rest_.remove_prefix(1);
        }
        return skip('"') ? std::optional(found) : std::nullopt;
    }

 private:
    std::string_view rest_;
};

struct DeviceParameters {
    std::optional<std::string> challenge;
    std::optional<std::string> algorithm;

    /// @return false for one that stood there already.
    bool take(std::string_view name, std::string value) {
        std::optional<std::string>* slot = nullptr;
        if (equal_ignoring_case(name, "challenge")) slot = &challenge;
        if (equal_ignoring_case(name, "algorithm")) slot = &algorithm;
        if (slot == nullptr) return true;
        if (slot->has_value()) return false;
        *slot = std::move(value);
        return true;
    }
};

/// All parameters of all "Device" challenges of the list; nothing if it is not well formed.
std::optional<DeviceParameters> device_parameters(Scanner scanner) {
    DeviceParameters found;
    bool in_device = false;
    while (!scanner.done()) {
        scanner.skip_blanks();
        if (scanner.skip(',')) continue;
        if (scanner.done()) break;
        const auto word = scanner.token();
        if (word.empty()) return std::nullopt;
        scanner.skip_blanks();
        if (!scanner.skip('=')) {  // a scheme
            in_device = equal_ignoring_case(word, "Device");
            continue;
        }
        scanner.skip_blanks();
        auto value = scanner.value();
        if (!value || (in_device && !found.take(word, std::move(*value)))) return std::nullopt;
    }
    return found;
}

}  // namespace

std::optional<std::string> parse_device_challenge(std::string_view header) {
    if (header.size() > challenge_header_bytes_max) return std::nullopt;
    auto found = device_parameters(Scanner(header));
    if (!found || !found->challenge || found->algorithm != "ES256") return std::nullopt;
    const auto& challenge = *found->challenge;
    if (challenge.empty() || challenge.size() > challenge_bytes_max) return std::nullopt;
    if (challenge.find_first_not_of(base64url_characters) != challenge.npos) return std::nullopt;
    return std::move(found->challenge);
}

std::string device_authorization(std::string_view challenge, std::string_view signature_base64) {
    return std::string("Device challenge=\"").append(challenge).append("\", signature=\"").append(signature_base64) +
           "\"";
}

}  // namespace client
