#pragma once
// hsm/pin.hpp: a PIN, and where it comes from. A PIN never stands in an argument list, an environment or a log, and
// its memory is wiped.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "ledger/core/result.hpp"

namespace hsm {

constexpr std::size_t pin_bytes_max = 255;

/// A secret: moves, never copies by itself, and wipes its memory. Value type of one owner.
class Pin {
 public:
    Pin() = default;
    explicit Pin(std::string_view text);
    Pin(Pin&& other) noexcept;
    Pin& operator=(Pin&& other) noexcept;
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;
    ~Pin();

    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] bool empty() const { return text_.empty(); }
    [[nodiscard]] Pin clone() const { return Pin(text_); }

 private:
    void wipe() noexcept;
    std::string text_;
};

/// Where a PIN comes from. Asked again whenever a session is opened, so that it is not kept in memory, but for a
/// prompt's, which is asked once and kept.
class PinSource {
 public:
    /// None: reading gives errc::pin_missing.
    PinSource() = default;
    /// One line of at most pin_bytes_max bytes; not readable by others.
    [[nodiscard]] static PinSource file(std::filesystem::path path);
    /// systemd's LoadCredential: $CREDENTIALS_DIRECTORY/<name>.
    [[nodiscard]] static PinSource credential(std::string name = "hsm-pin");
    /// Asks on the terminal, without echo. `question` is shown as it is.
    [[nodiscard]] static PinSource prompt(std::string question);
    /// A PIN that somebody typed already.
    [[nodiscard]] static PinSource typed(Pin pin);

    /// @return errc::pin_missing, _unreadable, _file_exposed, not_a_terminal (facts: path)
    [[nodiscard]] ledger::Result<Pin> read() const;
    /// Whether there is a source at all.
    [[nodiscard]] bool given() const { return !std::holds_alternative<None>(source_); }
    /// A person is there: a PIN that was refused before may be tried once more.
    [[nodiscard]] bool attended() const;
    /// For status: "file /etc/actledger/hsm.pin". Never the PIN.
    [[nodiscard]] std::string describe() const;

 private:
    struct Asked;  // a prompt's or typed PIN
    struct None {};
    struct File {
        std::filesystem::path path;
    };
    struct Credential {
        std::string name;
    };
    std::variant<None, File, Credential, std::shared_ptr<Asked>> source_;
};

/// The source that a configuration means: `pin_file` if not empty, else the URI's pin-source, else the service
/// credential "hsm-pin" if there is one, else none.
[[nodiscard]] PinSource choose_pin_source(const std::filesystem::path& pin_file, std::string_view uri_pin_source);

}  // namespace hsm
