#pragma once
// tools/issuer/vendor_folder.hpp: the vendor's folder: keys, certificates, copies of what was issued, and the record.
//
//   root.crt root.key                the vendor's root; keys are encrypted PKCS#8, mode 0600
//   license-issuer.crt .key          a purpose certificate each, named after its purpose or by --as
//   servers/<server id>-<key>.crt    the certificate of a server's key, made once and used in each of its licences
//   licenses/<license id>.lic        a copy of each licence
//   revocations/<revocation id>.rev  a copy of each revocation
//   reendorsements/<id>.ree          a copy of each re-endorsement
//   rotations/<server id>-<key>-<key>.req  the request of each key that handed over
//   record.jsonl                     one line an act, only ever appended to

#include <boost/json/object.hpp>
#include <filesystem>
#include <optional>

#include "ledger/core/certificate.hpp"
#include "ledger/license_file/private_key.hpp"
#include "tools/issuer/passphrase.hpp"

namespace issuer {

struct KeyAndCertificate {
    ledger::PrivateKey key;
    ledger::Certificate certificate;
};

enum class Missing { make, refuse };  ///< What to do about a folder without a root.

/// One process at a time: the record is locked for the object's life.
class VendorFolder {
 public:
    /// Waits for the lock. A folder that is made has mode 0700.
    /// @param passphrase_file  empty: ask when a key is needed.
    /// @return errc::root_missing; terminal::errc::file_unwritable
    [[nodiscard]] static ledger::Result<VendorFolder> open(std::filesystem::path folder,
                                                           std::filesystem::path passphrase_file,
                                                           ledger::Language language, Missing missing);
    VendorFolder(VendorFolder&& other) noexcept;
    VendorFolder& operator=(VendorFolder&&) = delete;
    ~VendorFolder();

    [[nodiscard]] const std::filesystem::path& path() const { return folder_; }
    [[nodiscard]] ledger::Language language() const { return language_; }

    /// @return errc::root_missing
    [[nodiscard]] ledger::Result<ledger::Certificate> root() const;
    [[nodiscard]] ledger::Result<KeyAndCertificate> root_with_key();
    /// A certificate of `purpose` that this root gave, and its key. @param name  "license-issuer"
    /// @return errc::certificate_missing; ledger::errc::certificate_wrong_purpose, _untrusted
    [[nodiscard]] ledger::Result<KeyAndCertificate> signer(const std::string& name, ledger::Purpose purpose);

    /// The key of `name`, or a new one that is written before it is returned.
    [[nodiscard]] ledger::Result<ledger::PrivateKey> key_or_new(const std::string& name);
    /// The certificate of `name`, or nothing.
    [[nodiscard]] ledger::Result<std::optional<ledger::Certificate>> find_certificate(const std::string& name) const;
    [[nodiscard]] ledger::Result<void> add_certificate(const std::string& name, const ledger::Certificate& certificate);

    /// Appends a line with `time` and `act` before the given members, durably.
    [[nodiscard]] ledger::Result<void> record(std::string_view act, const boost::json::object& members);

 private:
    VendorFolder(std::filesystem::path folder, std::filesystem::path passphrase_file, ledger::Language language, int fd)
        : folder_(std::move(folder)),
          passphrase_file_(std::move(passphrase_file)),
          language_(language),
          record_fd_(fd) {}
    [[nodiscard]] ledger::Result<const Passphrase*> passphrase(Asking asking);

    std::filesystem::path folder_;
    std::filesystem::path passphrase_file_;
    ledger::Language language_;
    int record_fd_;
    std::optional<Passphrase> passphrase_;
};

/// errc::kept_file_damaged: a copy in the folder is not what was kept there. What it says is not known, and so never
/// passed over. @param why  of reading or verifying it
[[nodiscard]] ledger::Error kept_file_damaged(const std::filesystem::path& path, const ledger::Error& why);

/// The members that the record and `show` name of a certificate.
[[nodiscard]] boost::json::object certificate_members(const ledger::Certificate& certificate);

/// UTC now, in whole seconds.
[[nodiscard]] ledger::Timestamp now();

}  // namespace issuer
