#include "ledger/core/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace ledger {

std::string MessageCategory::message(int value) const { return std::string(find(value).code); }

const Message& MessageCategory::find(int value) const {
    for (const Message& message : table_) {
        if (message.value == value) return message;
    }
    assertion_failed("every errc has a message", name_, value);
}

std::string fill_in(std::string_view text, std::span<const Fact> facts) {
    std::string filled;
    while (!text.empty()) {
        const auto open = text.find('{');
        const auto close = open == text.npos ? text.npos : text.find('}', open);
        if (close == text.npos) break;
        filled += text.substr(0, open);
        const auto name = text.substr(open + 1, close - open - 1);
        std::string_view value = text.substr(open, close - open + 1);
        for (const Fact& fact : facts) {
            if (fact.name == name) value = fact.value;
        }
        filled += value;
        text.remove_prefix(close + 1);
    }
    return filled += text;
}

const Message& Error::message() const {
    const auto* category = dynamic_cast<const MessageCategory*>(&code.category());
    ACTLEDGER_ASSERT(category != nullptr);
    return category->find(code.value());
}

std::string Error::describe() const {
    std::string text = std::string(stable_code()) + ": " + sentence(Language::english);
    if (!detail.empty()) text += " (" + detail + ")";
    return text;
}

ErrorException::ErrorException(Error error) : error_(std::move(error)), text_(error_.describe()) {}

void throw_exception_from_error(const Error& error, const boost::source_location&) { throw ErrorException(error); }

void assertion_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "assertion failed: %s (%s:%d)\n", condition, file, line);
    std::abort();
}

}  // namespace ledger
