#include "tests/tools/client/fake_server.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <thread>

namespace support {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

namespace {

/// A self-signed certificate for 127.0.0.1.
struct TlsIdentity {
    TlsIdentity() : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_set_version(certificate, X509_VERSION_3);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 86'400);
        X509_set_pubkey(certificate, key);
        auto* name = X509_get_subject_name(certificate);
        const auto* common_name = reinterpret_cast<const unsigned char*>("fake");
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0);
        X509_set_issuer_name(certificate, name);
        X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
        X509_add_ext(certificate, names, -1);
        X509_EXTENSION_free(names);
        X509_sign(certificate, key, EVP_sha256());
    }
    ~TlsIdentity() {
        X509_free(certificate);
        EVP_PKEY_free(key);
    }
    TlsIdentity(const TlsIdentity&) = delete;
    TlsIdentity& operator=(const TlsIdentity&) = delete;
    [[nodiscard]] ledger::Bytes der() const {
        unsigned char* bytes = nullptr;
        const int size = i2d_X509(certificate, &bytes);
        ledger::Bytes copy(bytes, bytes + size);
        OPENSSL_free(bytes);
        return copy;
    }
    [[nodiscard]] std::string pem() const {
        BIO* bio = BIO_new(BIO_s_mem());
        PEM_write_bio_X509(bio, certificate);
        char* text = nullptr;
        const long size = BIO_get_mem_data(bio, &text);
        std::string copy(text, static_cast<std::size_t>(size));
        BIO_free(bio);
        return copy;
    }
    EVP_PKEY* key;
    X509* certificate;
};

}  // namespace

class FakeServer::Implementation {
 public:
    Implementation(FakeLedger& ledger, Transport transport)
        : ledger_(ledger), transport_(transport), pem_(identity_.pem()) {
        SSL_CTX_use_certificate(tls_.native_handle(), identity_.certificate);
        SSL_CTX_use_PrivateKey(tls_.native_handle(), identity_.key);
        thread_ = std::thread([this] { run(); });
    }
    ~Implementation() {
        stopping_ = true;
        beast::error_code ignored;
        {
            asio::io_context io;  // wakes accept()
            tcp::socket(io).connect(acceptor_.local_endpoint(), ignored);
        }
        {
            const std::lock_guard lock(mutex_);
            if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
        }
        thread_.join();
    }
    [[nodiscard]] std::string address() const {
        const auto port = std::to_string(acceptor_.local_endpoint().port());
        return (transport_ == Transport::tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + port;
    }
    [[nodiscard]] const std::string& pem() const { return pem_; }
    [[nodiscard]] ledger::Bytes der() const { return identity_.der(); }

 private:
    void run() {
        while (!stopping_) {
            beast::error_code failed;
            tcp::socket socket(io_);
            acceptor_.accept(socket, failed);
            if (failed || stopping_) continue;
            remember(socket.native_handle());
            if (transport_ == Transport::plain) {
                beast::tcp_stream stream(std::move(socket));
                serve(stream);
            } else {
                beast::ssl_stream<beast::tcp_stream> stream(std::move(socket), tls_);
                stream.handshake(asio::ssl::stream_base::server, failed);
                if (!failed) serve(stream);
            }
            remember(-1);
        }
    }
    void remember(int socket) {
        const std::lock_guard lock(mutex_);
        socket_ = socket;
    }
    template <class Stream>
    void serve(Stream& stream) {
        beast::flat_buffer buffer;
        for (;;) {
            http::request<http::string_body> request;
            beast::error_code failed;
            http::read(stream, buffer, request, failed);
            if (failed) return;
            const auto answer = ledger_.answer({std::string(request.method_string()), std::string(request.target()),
                                                std::string(request[http::field::authorization]),
                                                std::string(request[http::field::accept_language]), request.body()});
            if (answer.status == 0) return;  // hangs up
            http::response<http::string_body> response(static_cast<http::status>(answer.status), 11);
            for (const auto& [name, value] : answer.headers) response.set(name, value);
            response.body() = answer.body;
            response.prepare_payload();
            http::write(stream, response, failed);
            if (failed) return;
        }
    }

    FakeLedger& ledger_;
    Transport transport_;
    TlsIdentity identity_;
    std::string pem_;
    asio::io_context io_{1};
    asio::ssl::context tls_{asio::ssl::context::tls_server};
    tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)};
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    int socket_ = -1;
    std::thread thread_;
};

FakeServer::FakeServer(FakeLedger& ledger, Transport transport)
    : implementation_(std::make_unique<Implementation>(ledger, transport)) {
    ledger.log_tls_certificate(fingerprint());
}
FakeServer::~FakeServer() = default;
std::string FakeServer::address() const { return implementation_->address(); }
const std::string& FakeServer::certificate_pem() const { return implementation_->pem(); }
ledger::Digest FakeServer::fingerprint() const { return ledger::default_suite().hash(implementation_->der()); }

}  // namespace support
