#pragma once
// ledger/core/message.hpp: the message catalogue's mechanism. Each folder has one `errc` and, beside it, one table
// with a message for every value; the category of the errc finds it. CLI, server and portal show the same sentences.
// Knows neither LMDB, PKCS#11 nor HTTP. ADR: docs/adr/0002-one-error-type.md.

#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace ledger {

enum class Language { english, chinese };

/// One message in one language. The texts may name facts in braces: "valid from {valid_from}".
struct MessageText {
    std::string_view sentence;  ///< What is wrong, with the facts that show it.
    std::string_view remedy;    ///< What the reader does about it. Never empty.
};

/// The catalogue's entry for one errc value.
struct Message {
    int value;              ///< The errc, as a number.
    std::string_view code;  ///< Stable, for programs: "license-expired". Lower case, hyphens, unique over all folders.
    MessageText english;
    MessageText chinese;

    [[nodiscard]] const MessageText& text(Language language) const {
        return language == Language::chinese ? chinese : english;
    }
};

/// A named fact of one occurrence: {"valid_from", "2026-01-01"}. Never a secret and never personal data.
struct Fact {
    std::string name;
    std::string value;
    bool operator==(const Fact&) const = default;
};

/// An error category whose values all have a message. One static instance a folder.
class MessageCategory : public std::error_category {
 public:
    /// @param name   the folder, "ledger".
    /// @param table  one entry for each errc; must outlive the category (a constant).
    constexpr MessageCategory(const char* name, std::span<const Message> table) : name_(name), table_(table) {}

    [[nodiscard]] const char* name() const noexcept override { return name_; }
    [[nodiscard]] std::string message(int value) const override;
    /// The entry of `value`; asserts that there is one.
    [[nodiscard]] const Message& find(int value) const;
    [[nodiscard]] std::span<const Message> table() const { return table_; }

 private:
    const char* name_;
    std::span<const Message> table_;
};

/// Puts facts into a text: "{name}" becomes the fact's value; a fact that is not there stays as "{name}".
[[nodiscard]] std::string fill_in(std::string_view text, std::span<const Fact> facts);

}  // namespace ledger
