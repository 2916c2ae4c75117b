// api/net/net.cpp: Asio, its TLS and Beast, compiled once for everybody (docs/adr/0013-http-server.md). Every target
// that uses them links api_net, whose definitions make their headers declarations only.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
