#pragma once
// tools/node/ledger_creation.hpp: `hsm init`: token, key, anchor and an empty ledger, made once. Repeating it is safe.

#include "hsm/initialise.hpp"
#include "ledger/core/certificate.hpp"
#include "tools/config/config.hpp"
#include "tools/node/ledger_facts.hpp"

namespace node {

struct Creation {
    hsm::Initialised hsm;
    std::string server_id;
    bool made_ledger = false;  ///< False: it was there, complete and of this key and root.
    bool same_disk = false;    ///< The token's files and the ledger share a disk: no protection against rollback.
};

/// The token options that a configuration means.
/// @param pin_otherwise  where the PIN comes from when neither the configuration nor a service credential names a
/// place.
[[nodiscard]] ledger::Result<hsm::Options> token_options(const config::Config& config,
                                                         const hsm::PinSource& pin_otherwise = {});

/// The same for the key that the ledger's present epoch names: it is looked for by its value, under the labels that a
/// key of that epoch can have.
[[nodiscard]] ledger::Result<hsm::Options> ledger_token_options(const config::Config& config, const Facts& facts,
                                                                const hsm::PinSource& pin_otherwise = {});
/// The same of the ledger that the configuration names; for a token's first key if there is no ledger.
/// @return what opening the log and read_facts return
[[nodiscard]] ledger::Result<hsm::Options> present_token_options(const config::Config& config,
                                                                 const hsm::PinSource& pin_otherwise = {});

/// The first anchor of a new key: nothing released yet, and a salt that its server id would keep for ever.
[[nodiscard]] ledger::Result<ledger::Bytes> first_anchor(const ledger::Suite& suite, ledger::Signer& signer);
/// Whether the token keeps its files on the disk of this folder.
[[nodiscard]] bool shares_disk(const hsm::Initialised& hsm, const std::filesystem::path& folder);

/// Key and anchor first, then the log with event 0; each step finds what an interrupted run left.
/// @param so_pin  read only for a token that has to be initialised.
/// @param pin_otherwise  as for token_options.
/// @return what hsm::initialise and create_log return; errc::key_of_other_ledger, hsm_in_use;
/// errc::anchor_folder_in_use
///         before anything is made; license_file::errc::root_differs
[[nodiscard]] ledger::Result<Creation> create_ledger(const config::Config& config, const ledger::Certificate& root,
                                                     const hsm::PinSource& so_pin, const hsm::PinSource& pin_otherwise);

}  // namespace node
