#pragma once
// ledger/core/result.hpp: how expected failures travel. One Error type for all folders; its code is the errc of the
// folder that failed. ADR: docs/adr/0002-one-error-type.md.

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "ledger/core/message.hpp"

namespace ledger {

/// An expected failure. `code` is for programs, `facts` fill the catalogue's sentence, `detail` is for logs.
struct Error {
    std::error_code code;     ///< An errc of ours; its category is a MessageCategory.
    std::string detail;       ///< English, technical, one line; may be empty. No secrets, no personal data.
    std::vector<Fact> facts;  ///< What the sentence names in braces.

    /// No error. Only because Boost 1.81's result::error() names it; asking a success for its error is a mistake.
    Error() = default;
    /// @param errc_value  any folder's errc.
    Error(std::error_code errc_value, std::string detail_text = {}, std::vector<Fact> sentence_facts = {})
        : code(errc_value), detail(std::move(detail_text)), facts(std::move(sentence_facts)) {}

    [[nodiscard]] const Message& message() const;
    /// The stable code, "license-expired".
    [[nodiscard]] std::string_view stable_code() const { return message().code; }
    [[nodiscard]] std::string sentence(Language language) const {
        return fill_in(message().text(language).sentence, facts);
    }
    [[nodiscard]] std::string remedy(Language language) const {
        return fill_in(message().text(language).remedy, facts);
    }
    /// For logs: "license-expired: The licence … (detail)".
    [[nodiscard]] std::string describe() const;
};

template <class T>
using Result = boost::system::result<T, Error>;

/// Found by boost::system::result: .value() of a failed result is a programmer's error, or a start-up failure.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& location);

/// What .value() throws.
class ErrorException : public std::exception {
 public:
    explicit ErrorException(Error error);
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }
    [[nodiscard]] const Error& error() const { return error_; }

 private:
    Error error_;
    std::string text_;
};

/// Ends the process when `condition` is false, in release too: a broken invariant is never carried on with.
#define ACTLEDGER_ASSERT(condition) \
    ((condition) ? static_cast<void>(0) : ::ledger::assertion_failed(#condition, __FILE__, __LINE__))
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

/// `ACTLEDGER_TRY(auto x, f());` gives x the value of the Result, or returns its error from this function.
#define ACTLEDGER_TRY_NAME2(line) actledger_try_##line
#define ACTLEDGER_TRY_NAME(line) ACTLEDGER_TRY_NAME2(line)
#define ACTLEDGER_TRY(declaration, expression)                  \
    auto ACTLEDGER_TRY_NAME(__LINE__) = (expression);           \
    if (!ACTLEDGER_TRY_NAME(__LINE__)) {                        \
        return std::move(ACTLEDGER_TRY_NAME(__LINE__)).error(); \
    }                                                           \
    declaration = *std::move(ACTLEDGER_TRY_NAME(__LINE__))
/// The same for a Result<void>.
#define ACTLEDGER_CHECK(expression)                                                      \
    if (auto ACTLEDGER_TRY_NAME(__LINE__) = (expression); !ACTLEDGER_TRY_NAME(__LINE__)) \
    return std::move(ACTLEDGER_TRY_NAME(__LINE__)).error()

}  // namespace ledger
