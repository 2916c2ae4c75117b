#pragma once
// tests/support/token_fixture.hpp: the three real tokens that tests run against, each private to its test: SoftHSM2,
// SoftHSM2 behind `p11-kit server`, and tpm2-pkcs11 on swtpm. Helper processes are ended by id.

#include <memory>
#include <optional>
#include <string_view>

#include "hsm/initialise.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace support {

enum class TokenKind { softhsm, p11_kit_server, tpm };

inline constexpr std::string_view user_pin = "123456";
inline constexpr std::string_view officer_pin = "87654321";

/// An empty token of a kind, with the processes it needs running.
class TokenFixture {
 public:
    explicit TokenFixture(TokenKind kind);
    ~TokenFixture();

    [[nodiscard]] TokenKind kind() const { return kind_; }
    [[nodiscard]] const support::TemporaryFolder& folder() const { return folder_; }
    /// Names token, module, PIN file, worker program, state folder and environment; short deadlines.
    [[nodiscard]] hsm::Options options() const;
    /// The same with another PIN.
    [[nodiscard]] hsm::Options options_with_pin(std::string_view pin) const;
    [[nodiscard]] hsm::PinSource officer() const;
    /// hsm::initialise() with an anchor that only this test understands. @throw ErrorException
    [[nodiscard]] hsm::Initialised initialise() const;

    // What can happen to the token from outside.
    void freeze();  ///< SIGSTOP to the token's process. Not for softhsm, which has none.
    void thaw();
    void kill();  ///< SIGKILL; softhsm: its files are moved away.
    void revive();

 private:
    /// A file of the token's owner alone. @return its path
    std::filesystem::path write_private(std::string_view name, std::string_view text) const;
    void start_server();
    void start_tpm();

    TokenKind kind_;
    support::TemporaryFolder folder_;
    Environment environment_;
    std::unique_ptr<ChildProcess> process_;
    int tpm_port_ = 0;
};

}  // namespace support
