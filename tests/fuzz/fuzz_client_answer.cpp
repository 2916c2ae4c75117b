// What a server, or whoever stands in for it, may send to the client: answers, problems and challenges.
#include "tools/client/activation_answer.hpp"
#include "tools/client/auth_challenge.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static_cast<void>(client::parse_activation_answer(text, "https://a:1"));
    static_cast<void>(client::parse_consistency_answer(text, "https://a:1"));
    if (const auto problem = client::parse_problem(text)) {
        ACTLEDGER_ASSERT(problem->sentence.size() <= 1'000 && problem->sentence.find('\x1b') == std::string::npos);
    }
    if (const auto challenge = client::parse_device_challenge(text)) {
        // It goes into a header again: nothing in it may end one.
        ACTLEDGER_ASSERT(challenge->find_first_of("\"\r\n ") == std::string::npos);
    }
    return 0;
}
