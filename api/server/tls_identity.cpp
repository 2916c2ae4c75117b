#include "api/server/tls_identity.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

#include "api/errc.hpp"

namespace api {
namespace {

using ledger::Error;
using ledger::Result;
namespace fs = std::filesystem;

template <auto Free>
struct Freer {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using X509Ptr = std::unique_ptr<X509, Freer<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Freer<BIO_free>>;

constexpr std::size_t pem_bytes_max = 256 * 1024;

Error unusable(const fs::path& path, std::string problem) {
    ERR_clear_error();
    return {errc::tls_certificate_unusable, {}, {{"path", path.string()}, {"problem", std::move(problem)}}};
}

/// The ledger's folder is the service's: what keeps it from writing there is the owner, mostly.
Error not_written(const fs::path& path, int error_number) {
    const bool denied = error_number == EACCES || error_number == EPERM || error_number == EROFS;
    if (!denied) return unusable(path, std::string("it cannot be written: ") + std::strerror(error_number));
    const passwd* const account = ::getpwuid(::geteuid());  // at a start: one thread
    return {errc::folder_not_writable,
            path.string(),
            {{"folder", path.parent_path().string()},
             {"account", account != nullptr ? account->pw_name : std::to_string(::geteuid())},
             {"reason", std::strerror(error_number)}}};
}

Result<std::string> read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return unusable(path, std::string("it cannot be read: ") + std::strerror(errno));
    std::string text((std::istreambuf_iterator<char>(file)), {});
    if (text.size() > pem_bytes_max) return unusable(path, "it is too large");
    return text;
}

/// Written under another name, synced and renamed: it is whole or not there.
Result<void> write_file(const fs::path& path, std::string_view text, mode_t mode) {
    const fs::path unfinished = path.string() + ".new";
    const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (file < 0) return not_written(unfinished, errno);
    const bool written = ::fchmod(file, mode) == 0 &&
                         ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                         ::fsync(file) == 0;
    if (::close(file) != 0 || !written) return unusable(unfinished, "it cannot be written");
    if (::rename(unfinished.c_str(), path.c_str()) != 0) return unusable(path, "it cannot be renamed into place");
    const int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || ::fsync(folder) != 0) {
        if (folder >= 0) ::close(folder);
        return unusable(path.parent_path(), "it cannot be synced");
    }
    ::close(folder);
    return {};
}

X509Ptr first_certificate(std::string_view pem) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

int no_passphrase(char*, int, int, void*) { return -1; }

KeyPtr private_key(std::string_view pem) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return KeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
}

ledger::Digest fingerprint_of(X509& certificate) {
    ledger::Digest digest;
    unsigned size = 0;
    ACTLEDGER_ASSERT(X509_digest(&certificate, EVP_sha256(), digest.bytes.data(), &size) == 1);
    return digest;
}

std::string alternative_names(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        in6_addr address{};
        const bool is_address =
            ::inet_pton(AF_INET, name.c_str(), &address) == 1 || ::inet_pton(AF_INET6, name.c_str(), &address) == 1;
        text += (text.empty() ? "" : ",") + std::string(is_address ? "IP:" : "DNS:") + name;
    }
    return text;
}

bool add_extension(X509& certificate, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
    std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

/// Without an end (RFC 5280, section 4.1.2.5): trust is by proof, and an expiry would only be an outage.
bool fill_certificate(X509& certificate, EVP_PKEY& key, const std::vector<std::string>& names) {
    std::array<std::uint8_t, 16> serial_bytes{};
    if (RAND_bytes(serial_bytes.data(), static_cast<int>(serial_bytes.size())) != 1) return false;
    serial_bytes[0] = static_cast<std::uint8_t>((serial_bytes[0] & 0x7f) | 0x40);
    std::unique_ptr<BIGNUM, Freer<BN_free>> serial(
        BN_bin2bn(serial_bytes.data(), static_cast<int>(serial_bytes.size()), nullptr));
    X509_NAME* const name = X509_get_subject_name(&certificate);
    const auto* const common_name = reinterpret_cast<const unsigned char*>("Activation Ledger server");
    return serial && X509_set_version(&certificate, X509_VERSION_3) == 1 &&
           BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(&certificate)) != nullptr &&
           X509_gmtime_adj(X509_getm_notBefore(&certificate), -24 * 60 * 60) != nullptr &&
           ASN1_TIME_set_string_X509(X509_getm_notAfter(&certificate), "99991231235959Z") == 1 &&
           X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, common_name, -1, -1, 0) == 1 &&
           X509_set_issuer_name(&certificate, name) == 1 && X509_set_pubkey(&certificate, &key) == 1 &&
           add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
           add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
           (names.empty() || add_extension(certificate, NID_subject_alt_name, alternative_names(names))) &&
           X509_sign(&certificate, &key, EVP_sha256()) > 0;
}

std::string pem_of(BIO& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(&bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

Result<void> make_identity(const fs::path& certificate_path, const fs::path& key_path,
                           const std::vector<std::string>& names) {
    const KeyPtr key(EVP_EC_gen("P-256"));
    const X509Ptr certificate(X509_new());
    if (!key || !certificate || !fill_certificate(*certificate, *key, names)) {
        return unusable(certificate_path, "it cannot be made; check http.names");
    }
    const BioPtr certificate_bio(BIO_new(BIO_s_mem()));
    const BioPtr key_bio(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_X509(certificate_bio.get(), certificate.get()) != 1 ||
        PEM_write_bio_PKCS8PrivateKey(key_bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return unusable(certificate_path, "it cannot be encoded");
    }
    ACTLEDGER_CHECK(write_file(key_path, pem_of(*key_bio), 0600));
    return write_file(certificate_path, pem_of(*certificate_bio), 0644);
}

constexpr unsigned char http11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, size, http11, sizeof http11, offered, offered_size) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;  // no protocol of ours: HTTP/1.1 is what there is, with or without a word on it
    }
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<TlsIdentity> load_tls_identity(const fs::path& certificate, const fs::path& key) {
    TlsIdentity identity;
    ACTLEDGER_TRY(identity.certificate_pem, read_file(certificate));
    ACTLEDGER_TRY(identity.key_pem, read_file(key));
    const X509Ptr parsed = first_certificate(identity.certificate_pem);
    if (!parsed) return unusable(certificate, "it holds no PEM certificate");
    const KeyPtr parsed_key = private_key(identity.key_pem);
    if (!parsed_key) return unusable(key, "it holds no PEM private key without a passphrase");
    if (X509_check_private_key(parsed.get(), parsed_key.get()) != 1) {
        return unusable(key, "it is not the key of the certificate");
    }
    identity.fingerprint = fingerprint_of(*parsed);
    return identity;
}

Result<TlsIdentity> load_or_make_tls_identity(const fs::path& folder, const std::vector<std::string>& names) {
    const fs::path certificate = folder / "tls.crt";
    const fs::path key = folder / "tls.key";
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) return not_written(folder, failed.value());
    if (!fs::exists(certificate, failed)) ACTLEDGER_CHECK(make_identity(certificate, key, names));
    return load_tls_identity(certificate, key);
}

std::vector<std::string> local_names() {
    std::set<std::string> names{"localhost", "127.0.0.1", "::1"};
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) == 0 && host[0] != 0) names.insert(host.data());
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) == 0) {
        for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
            if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) continue;
            std::array<char, INET6_ADDRSTRLEN> text{};
            if (entry->ifa_addr->sa_family == AF_INET) {
                const auto* address = reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
                ::inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
            } else if (entry->ifa_addr->sa_family == AF_INET6) {
                const auto* address = reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr);
                if (IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr)) continue;
                ::inet_ntop(AF_INET6, &address->sin6_addr, text.data(), text.size());
            }
            if (text[0] != 0) names.insert(text.data());
        }
        ::freeifaddrs(first);
    }
    return {names.begin(), names.end()};
}

Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const TlsIdentity& identity) {
    namespace ssl = boost::asio::ssl;
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    boost::system::error_code error;
    const auto buffer_of = [](const std::string& text) { return boost::asio::buffer(text); };
    context->use_certificate_chain(buffer_of(identity.certificate_pem), error);
    if (!error) context->use_private_key(buffer_of(identity.key_pem), ssl::context::pem, error);
    SSL_CTX* const handle = context->native_handle();
    constexpr std::string_view session_context = "actledgerd";
    const bool configured =
        !error && SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION) == 1 &&
        SSL_CTX_set_cipher_list(handle, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
        SSL_CTX_set_session_id_context(handle, reinterpret_cast<const unsigned char*>(session_context.data()),
                                       static_cast<unsigned>(session_context.size())) == 1 &&
        SSL_CTX_set_num_tickets(handle, 1) == 1;
    if (!configured) return unusable("http.tls_certificate", error ? error.message() : "TLS cannot be set up");
    SSL_CTX_set_options(handle, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(handle, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(handle, choose_protocol, nullptr);
    return context;
}

}  // namespace api
