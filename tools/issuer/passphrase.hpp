#pragma once
// tools/issuer/passphrase.hpp: the passphrase of the vendor's keys: from a file, or asked on the terminal. Never from
// the command line, where other users of the machine could read it.

#include <filesystem>

#include "ledger/core/result.hpp"

namespace issuer {

/// Wiped at its end. Movable.
class Passphrase {
 public:
    explicit Passphrase(std::string text) : text_(std::move(text)) {}
    Passphrase(Passphrase&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
    Passphrase& operator=(Passphrase&& other) noexcept;
    ~Passphrase() { wipe(); }
    [[nodiscard]] const std::string& text() const { return text_; }

 private:
    void wipe();
    std::string text_;
};

enum class Asking {
    once,   ///< for a key that exists
    twice,  ///< for a new key
};

/// @param file  empty: ask on the terminal.
/// @return errc::passphrase_short, passphrases_differ, passphrase_file; terminal's errors
[[nodiscard]] ledger::Result<Passphrase> read_passphrase(const std::filesystem::path& file, Asking asking,
                                                         ledger::Language language);

}  // namespace issuer
