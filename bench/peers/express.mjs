// The two routes, one of them guarded by express-openid-connect with its own defaults: the session is in a cookie.
import express from 'express';
import openid from 'express-openid-connect';

const [port, issuerBaseURL, clientID, clientSecret] = process.argv.slice(2);
const hello = (request, response) => {
    response.type('text/plain').send('Hello, whoever you are.\n');
};

const app = express();
app.get('/public', hello);
app.use(
    openid.auth({
        authRequired: false,
        baseURL: `http://127.0.0.1:${port}`,
        issuerBaseURL,
        clientID,
        clientSecret,
        clientAuthMethod: 'client_secret_post',
        secret: 'a-long-secret-for-benchmarks-only',
        authorizationParams: { response_type: 'code' },
    }),
);
app.get('/guarded', openid.requiresAuth(), hello);
app.listen(port, '127.0.0.1');
