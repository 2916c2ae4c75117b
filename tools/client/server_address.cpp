#include "tools/client/server_address.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "tools/client/errc.hpp"

namespace client {

namespace urls = boost::urls;

ledger::Result<ServerAddress> ServerAddress::parse(std::string_view text) {
    constexpr std::size_t address_bytes_max = 512;
    const ledger::Error malformed{
        errc::address_malformed, "", {{"address", std::string(text.substr(0, address_bytes_max))}}};
    if (text.size() > address_bytes_max) return malformed;
    const auto url = urls::parse_uri(text);
    if (!url || !url->has_authority() || url->has_userinfo() || url->has_query() || url->has_fragment())
        return malformed;
    const std::string path(url->encoded_path());
    if (!path.empty() && path != "/") return malformed;

    ServerAddress address;
    if (url->scheme_id() == urls::scheme::https) {
        address.scheme = Scheme::https;
    } else if (url->scheme_id() == urls::scheme::http) {
        address.scheme = Scheme::http;
        address.port = 80;
    } else {
        return malformed;
    }
    address.host = url->host_address();
    if (address.host.empty() || url->host_type() == urls::host_type::ipvfuture) return malformed;
    if (url->has_port()) {
        if (url->port_number() == 0) return malformed;  // empty, zero, or beyond 65,535
        address.port = url->port_number();
    }
    return address;
}

bool ServerAddress::is_ip() const {
    return host.find(':') != host.npos || host.find_first_not_of("0123456789.") == host.npos;
}

std::string ServerAddress::authority() const {
    const bool ipv6 = host.find(':') != host.npos;
    std::string name = ipv6 ? "[" + host + "]" : host;
    const bool usual = port == (scheme == Scheme::https ? 443 : 80);
    return usual ? name : name + ":" + std::to_string(port);
}

std::string ServerAddress::text() const {
    const bool ipv6 = host.find(':') != host.npos;
    return std::string(scheme == Scheme::https ? "https://" : "http://") + (ipv6 ? "[" + host + "]" : host) + ":" +
           std::to_string(port);
}

}  // namespace client
