#pragma once
// ledger/core/activation_file.hpp: what a desktop keeps: a C2SP tlog-proof that verifies offline from the vendor's root
// alone. Identity of a file: its origin and index, never its bytes. Format: docs/formats/activation-file.md.

#include "ledger/core/certificate.hpp"
#include "ledger/core/checkpoint.hpp"
#include "ledger/core/event.hpp"

namespace ledger {

/// Room for the largest event there may be. The files of seats stay under 8 KiB at 10 million events.
constexpr std::size_t activation_file_bytes_max = 256 * 1024;

/// What the text of an activation file is made of. Views: a server writes one for each activation, and copies nothing.
struct ActivationFileContent {
    ByteView event;
    std::span<const Bytes> certificates;
    std::span<const AnnexValue> annex;
    ByteView device_salt;  ///< 32 bytes, or empty.
    SequenceNumber index;
    std::span<const Digest> proof;
    std::string_view checkpoint;

    void append_text(std::string& out) const;
};

/// A parsed, not yet verified activation file.
struct ActivationFile {
    Bytes event;                      ///< Stored bytes: the leaf.
    std::vector<Bytes> certificates;  ///< DER, server certificate first, without the root.
    std::vector<AnnexValue> annex;    ///< This event's values; erased ones are missing.
    /// The ledger's device salt, for events with a seat: a desktop finds out offline whether the file was made for it.
    /// Not signed, and need not be: a wrong one only makes components disagree. ADR:
    /// docs/adr/0016-device-check-offline.md.
    std::optional<std::array<std::uint8_t, 32>> device_salt;
    SequenceNumber index;
    std::vector<Digest> proof;  ///< Inclusion proof in the checkpoint's tree.
    std::string checkpoint;     ///< Signed note, as released.

    [[nodiscard]] ActivationFileContent content() const;  ///< Views of this.
    [[nodiscard]] std::string text() const {
        std::string text;
        content().append_text(text);
        return text;
    }
    /// Strict: text() of the result is the input. @return errc::malformed_activation_file, errc::too_large
    [[nodiscard]] static Result<ActivationFile> parse(std::string_view text);
};

/// What a verified file says.
struct VerifiedEvent {
    Event event;
    Origin origin;
    TreeHead head;
    Certificate server_certificate;
};

/// Root -> server certificate -> checkpoint signature -> inclusion proof -> event -> annex commitments; and that the
/// certificate's server id is the origin's and the event's. Always all of them. Says nothing of today: a lease is
/// checked by the caller against its own clock. For any event: a TLS certificate is proven so too.
/// @return the first check that fails, as an errc of this folder.
[[nodiscard]] Result<VerifiedEvent> verify_logged_event(const ActivationFile& file, const Certificate& root);

/// The same, and that the event has a seat(). @return also errc::event_without_seat (facts: kind)
[[nodiscard]] Result<VerifiedEvent> verify_activation_file(const ActivationFile& file, const Certificate& root);

}  // namespace ledger
