// An identity provider on this machine alone, for the tests of single sign-on.
//
// Its one argument is JSON: clients ({id, secret, redirect}) and people (subject -> claims).
// It prints its address when it is ready, and ends when its standard input is closed.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const { clients, people } = JSON.parse(process.argv[2]);

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: clients.map(({ id, secret, redirect }) => ({
      client_id: id,
      client_secret: secret,
      redirect_uris: [redirect],
      token_endpoint_auth_method: "client_secret_post",
    })),
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (context, subject) =>
      subject in people
        ? { accountId: subject, claims: () => ({ sub: subject, ...people[subject] }) }
        : undefined,
    pkce: { required: () => true },
    cookies: { keys: ["only for tests"] },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
