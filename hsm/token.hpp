#pragma once
// hsm/token.hpp: the token as the rest of the program sees it: it signs, keeps the anchor, names its state, and comes
// back by itself. The PKCS#11 module lives in a child process (ADR: docs/adr/0009-hsm-child-process.md).

#include <chrono>
#include <functional>
#include <memory>

#include "hsm/anchor_reading.hpp"
#include "hsm/options.hpp"
#include "hsm/status.hpp"
#include "ledger/core/signer.hpp"

namespace hsm {

/// Owned by the program; one a token. Every member may be called from any thread: requests to the child go one at a
/// time, and each waits for its turn within its own deadline. Destroying it ends the child.
///
/// A failure of any request makes the state what it says, ends the child, and has a thread of this object open the
/// session anew, with back-off, until a real signature has verified; but never tries a PIN again that was refused.
class Token final : public ledger::Signer, public ledger::AnchorStore {
 public:
    /// With options.public_key: returns at once, starting. Without: waits for the first attempt, and fails with it.
    [[nodiscard]] static ledger::Result<std::unique_ptr<Token>> open(Options options);
    ~Token() override;
    Token(const Token&) = delete;
    Token& operator=(const Token&) = delete;

    [[nodiscard]] const ledger::PublicKey& public_key() const override;
    /// Fails at once when the token is not ready, with the reason; else within deadlines.sign for the turn and again
    /// for the signature.
    /// @return errc::busy, not_responding, token_gone, bad_signature, … : what Status::why says
    [[nodiscard]] ledger::Result<ledger::Bytes> sign(ledger::ByteView message) override;

    /// Private data objects of application "activation-ledger", at most 8 of at most 16 KiB.
    [[nodiscard]] ledger::Result<std::vector<ledger::Bytes>> read() override;
    /// @return errc::anchor_too_large, or as sign()
    [[nodiscard]] ledger::Result<void> replace(ledger::ByteView note) override;
    /// A note beside those that are there, durably; the next replace() removes all of them. @return as replace()
    [[nodiscard]] ledger::Result<void> add(ledger::ByteView note);

    /// As read_other_anchors has it. @return as sign()
    [[nodiscard]] ledger::Result<std::vector<LabelledNote>> read_others();
    /// Destroys a note that read_others() gave, durably. @return as sign()
    [[nodiscard]] ledger::Result<void> remove_other(const LabelledNote& other);

    /// `count` bytes (at most 1,024) of the token's random generator.
    [[nodiscard]] ledger::Result<ledger::Bytes> random(std::size_t count);

    [[nodiscard]] Status status() const;
    /// Waits until ready. @return what Status::why says, or errc::not_ready, after `most`; at once in a state that only
    /// a person ends (a refused or locked PIN), unless retry() was just called
    [[nodiscard]] ledger::Result<void> wait_ready(std::chrono::milliseconds most) const;
    /// A person says: now. Reads the PIN source again, and tries what it holds even if it was refused before.
    void retry();
    /// Called after each change of state, on a thread of this object; must not block nor call this object but status().
    void on_change(std::function<void(const Status&)> listener);

    /// The child's process id; 0 while there is none.
    [[nodiscard]] int worker_pid() const;

 private:
    class Recovery;
    explicit Token(std::unique_ptr<Recovery> recovery);
    [[nodiscard]] ledger::Result<void> make_durable() const;
    std::unique_ptr<Recovery> recovery_;
};

}  // namespace hsm
