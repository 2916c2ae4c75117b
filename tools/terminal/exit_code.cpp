#include <algorithm>
#include <array>
#include <utility>

#include "tools/terminal/terminal.hpp"

namespace terminal {
namespace {

struct Row {
    std::string_view prefix;  // of the stable code; the first row that fits wins
    Exit exit;
};

constexpr std::array rows{
    Row{"event-kind-unknown", Exit::refused},
    Row{"no-terminal", Exit::usage},
    Row{"not-confirmed", Exit::cancelled},
    Row{"not-canonical", Exit::bad_input},
    Row{"too-large", Exit::bad_input},
    Row{"note-malformed", Exit::bad_input},
    Row{"checkpoint-malformed", Exit::bad_input},
    Row{"proof-malformed", Exit::bad_input},
    Row{"activation-file-malformed", Exit::bad_input},
    Row{"certificate-malformed", Exit::bad_input},
    Row{"event-malformed", Exit::not_verified},
    Row{"annex-malformed", Exit::not_verified},
    Row{"signature-bad", Exit::not_verified},
    Row{"key-unknown", Exit::not_verified},
    Row{"origin-wrong", Exit::not_verified},
    Row{"tree-inconsistent", Exit::not_verified},
    Row{"not-included", Exit::not_verified},
    Row{"commitment-mismatch", Exit::not_verified},
    Row{"certificate-", Exit::not_verified},
    Row{"log-damaged", Exit::storage},
    Row{"log-not-found", Exit::not_found},
    Row{"not-found", Exit::not_found},
    Row{"log-locked", Exit::unavailable},
    Row{"log-", Exit::refused},
    Row{"disk-full", Exit::storage},
    Row{"storage-failed", Exit::storage},
    Row{"network-file-system", Exit::refused},
    Row{"overloaded", Exit::unavailable},
    Row{"shutting-down", Exit::unavailable},
    Row{"signer-unavailable", Exit::unavailable},
    Row{"file-unreadable", Exit::not_found},
    Row{"file-unwritable", Exit::storage},
    Row{"license-not-zip", Exit::bad_input},
    Row{"license-archive-", Exit::bad_input},
    Row{"license-entry-", Exit::bad_input},
    Row{"license-bin-", Exit::bad_input},
    Row{"license-terms-", Exit::bad_input},
    Row{"license-quantity-", Exit::bad_input},
    Row{"license-info-", Exit::not_verified},
    Row{"license-signature-", Exit::not_verified},
    Row{"license-issuer-", Exit::not_verified},
    Row{"license-server-certificate-", Exit::not_verified},
    Row{"license-", Exit::refused},
    Row{"revocation-malformed", Exit::bad_input},
    Row{"revocation-signature-", Exit::not_verified},
    Row{"revocation-issuer-", Exit::not_verified},
    Row{"revocation-", Exit::refused},
    Row{"request-malformed", Exit::bad_input},
    Row{"request-signature-", Exit::not_verified},
    Row{"vendor-key-malformed", Exit::bad_input},
    Row{"vendor-", Exit::refused},
    Row{"issuer-root-missing", Exit::not_found},
    Row{"issuer-certificate-missing", Exit::not_found},
    Row{"issuer-license-unknown", Exit::not_found},
    Row{"issuer-value-", Exit::bad_input},
    Row{"issuer-file-unknown", Exit::bad_input},
    Row{"issuer-passphrase", Exit::bad_input},
    Row{"issuer-", Exit::refused},
    Row{"hsm-", Exit::unavailable},
    Row{"client-settings-malformed", Exit::bad_input},
    Row{"client-address-malformed", Exit::usage},
    Row{"client-no-components", Exit::failure},
    Row{"client-no-", Exit::usage},
    Row{"client-not-activated", Exit::not_found},
    Row{"client-components-malformed", Exit::bad_input},
    Row{"client-enrolment-key-malformed", Exit::bad_input},
    Row{"client-answer-mismatch", Exit::not_verified},
    Row{"client-answer-", Exit::bad_input},
    Row{"client-redirect-refused", Exit::bad_input},
    Row{"client-state-busy", Exit::unavailable},
    Row{"client-state-unusable", Exit::storage},
    Row{"client-key-damaged", Exit::storage},
    Row{"client-server-unreachable", Exit::unavailable},
    Row{"client-server-silent", Exit::unavailable},
    Row{"client-server-busy", Exit::unavailable},
    Row{"client-tls-failed", Exit::unavailable},
    Row{"client-tls-", Exit::not_verified},
    Row{"client-history-contradiction", Exit::not_verified},
    Row{"client-interrupted", Exit::cancelled},
    Row{"client-", Exit::refused},
};

}  // namespace

Exit exit_of(std::string_view stable_code) {
    const auto row = std::ranges::find_if(rows, [&](const Row& r) { return stable_code.starts_with(r.prefix); });
    return row == rows.end() ? Exit::failure : row->exit;
}

}  // namespace terminal
