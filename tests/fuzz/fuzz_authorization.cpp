// The Authorization header and the challenge in it: one spelling, nothing outside the text, and no challenge but our
// own.
#include "api/credentials.hpp"
#include "tests/fuzz/edited.hpp"

namespace {

void check(std::string_view header) {
    const auto credentials = api::parse_authorization(header);
    const std::string_view key = api::bearer_key(header);
    if (!credentials) {
        ACTLEDGER_ASSERT(key.empty());
    } else if (const auto* bearer = std::get_if<api::BearerKey>(&*credentials)) {
        ACTLEDGER_ASSERT(!bearer->key.empty() && key == bearer->key && header.ends_with(key));
    } else if (const auto* device = std::get_if<api::DeviceSignature>(&*credentials)) {
        const std::string again = "challenge=\"" + std::string(device->challenge) + "\", signature=\"" +
                                  ledger::base64_encode(device->signature) + "\"";
        ACTLEDGER_ASSERT(header.ends_with(again));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const api::ChallengeBook book;
    static const auto now = api::ChallengeBook::Clock::now();
    static const std::string challenge = book.make(now);
    static const std::string good = "Device challenge=\"" + challenge + "\", signature=\"AAECAwQ=\"";

    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(text);
    const auto edited = fuzz::edited({good.begin(), good.end()}, {data, size});
    check({reinterpret_cast<const char*>(edited.data()), edited.size()});
    const auto other = fuzz::edited({challenge.begin(), challenge.end()}, {data, size});
    const std::string_view other_text(reinterpret_cast<const char*>(other.data()), other.size());
    ACTLEDGER_ASSERT(book.check(other_text, now).has_value() == (other_text == challenge));
    return 0;
}
